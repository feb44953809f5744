import { conv2d, conv2dInputGrad, conv2dWeightGrad, matmul, scope, tensor } from '@graft/tensor';
const dirs = process.argv.slice(2);
const bs = await Promise.all(dirs.map(async d => (await import(`./${d}/index.js`)).createWasmBackend({ threads: 1 })));
const batch = 16;
const shapes = [[64,56,64,3,1],[128,28,128,3,1],[256,14,256,3,1],[512,7,512,3,1],[96,28,576,1,1],[16,112,96,1,1],[96,14,576,1,1],[576,14,96,1,1],[160,7,960,1,1],[128,28,256,3,2],[3,224,32,3,2]];
for (const [c,size,k,kernel,stride] of shapes) {
  const side = Math.floor((size + 2*((kernel-1)/2) - kernel)/stride)+1, padding=(kernel-1)/2;
  const runs = bs.map(backend => { const r = (...shape) => tensor(Float32Array.from({length: shape.reduce((a,b)=>a*b,1)}, (_, i) => Math.sin(i)), {shape, backend});
    const [x,w,g]=[r(batch,c,size,size), r(k,c,kernel,kernel), r(batch,k,side,side)];
    const attrs={stride:[stride,stride],padding:[padding,padding,padding,padding],dilation:[1,1],groups:1};
    return [() => scope(() => void conv2d(x,w,{stride,padding})), () => scope(() => void conv2dInputGrad(g,w,attrs,x.shape)), () => scope(() => void conv2dWeightGrad(x,g,attrs,w.shape))]; });
  const flop = 2*batch*k*side*side*c*kernel*kernel; const out=[];
  for (const d of [0,1,2]) { const best = bs.map(()=>1e9);
    for (let i=0;i<14;i++) for (const [b] of bs.entries()) { const s=performance.now(); runs[b][d](); best[b]=Math.min(best[b], performance.now()-s); }
    out.push(best.map(b => (flop/b/1e6).toFixed(1)).join(' ') + ' (' + (best[0]/best[1]).toFixed(2)+')'); }
  console.log([c,size,k,kernel,stride].join(' ').padEnd(20), out.join('   '));
}
for (const n of [512,1024]) { const runs = bs.map(backend=>{const a=tensor(new Float32Array(n*n).fill(.5),{shape:[n,n],backend});return ()=>scope(()=>void matmul(a,a))}); const best=bs.map(()=>1e9);
 for (let i=0;i<30;i++) for (const [b] of bs.entries()) { const s=performance.now(); runs[b](); best[b]=Math.min(best[b], performance.now()-s); } console.log('matmul',n,best.map(b=>(2*n**3/b/1e6).toFixed(1)).join(' '),(best[0]/best[1]).toFixed(2)); }
