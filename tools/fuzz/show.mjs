import { readFileSync } from 'node:fs';
import onnxProto from 'onnx-proto';
const m = onnxProto.onnx.ModelProto.decode(readFileSync(process.argv[2]));
console.log(JSON.stringify(m.graph.node.map(n=>[n.opType,n.input.join(),(n.attribute||[]).map(a=>a.name+':'+JSON.stringify(a.ints?.length?a.ints:a.i??a.f??a.type))])).slice(0,1500));
console.log(JSON.stringify(m.graph.input.map(i=>[i.name,i.type?.tensorType?.elemType,i.type?.tensorType?.shape?.dim])), JSON.stringify(m.graph.initializer.map(i=>[i.name,i.dims,i.dataType])).slice(0,600));
