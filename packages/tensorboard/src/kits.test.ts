import { describePlugin } from '@graft/plugin/testing';
import { memoryStorage } from '@graft/storage';
import { trainPlugin } from '@graft/train';
import { describeCallback } from '@graft/train/testing';
import { tensorBoard, tensorboardPlugin } from './index.ts';

describePlugin(tensorboardPlugin, { after: [trainPlugin], options: { tensorBoard: { storage: memoryStorage() } } });
describeCallback('tensorBoard', () => tensorBoard({ storage: memoryStorage(), steps: 1 }));
