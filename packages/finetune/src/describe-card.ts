import { showJson } from '@graft/plugin';
import { counted, megabytes } from '@graft/report';
import { isPermissive, type ModelCard } from '@graft/zoo';

/** Describes a model card as text. @param where the model's file is on this machine; undefined if it is not */
export function describeCard(card: ModelCard, where: 'source' | 'cache' | undefined): string {
  const { preprocessing, sound, labels } = card;
  const lines: [string, string | undefined][] = [
    ['licence', `${card.licence}${isPermissive(card.licence) ? '' : ' (restrictive: must be accepted to download)'}`],
    ['origin', card.origin],
    ['source', card.source],
    ['file', `${megabytes(card.bytes)}, opset ${card.opset}, SHA-256 ${card.sha256}`],
    ['installed', where ? `yes${where === 'cache' ? ', cached' : ''}` : `no; run graft models pull ${card.name}`],
    ['input', `${card.input.name} [${card.input.shape.join(', ')}]`],
    [
      'images',
      preprocessing &&
        `${preprocessing.width}×${preprocessing.height} ${preprocessing.channels === 1 ? 'gray' : preprocessing.order}, mean ${preprocessing.mean.join(', ')}, std ${preprocessing.std.join(', ')}`,
    ],
    ['sounds', sound && showJson(sound, 400)],
    [
      'labels',
      labels && `${counted(labels.length, 'label')}: ${labels.slice(0, 5).join(', ')}${labels.length > 5 ? ', …' : ''}`,
    ],
    [
      'cut at',
      card.cutPoints.map(({ value, features }) => `${value} (${counted(features, 'feature')})`).join(', ') ||
        'the last pooling',
    ],
    [
      'verified',
      `${card.verified ? 'yes: outputs match' : 'no: outputs were not compared with'} ${card.architecture === undefined ? 'onnxruntime' : 'PyTorch'}`,
    ],
  ];
  return `${card.name}: ${card.title}\n${card.description}\n\n${lines
    .filter(([, text]) => text)
    .map(([label, text]) => `${label.padEnd(9)} ${text}`)
    .join('\n')}`;
}
