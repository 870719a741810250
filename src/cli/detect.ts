import type { Command } from './command.ts';

export const detectCommand: Command = {
  name: 'detect',
  summary: 'find the faces in images',
  help: `Usage: sightline detect IMAGE… [--json] [--model M] [--min-score X] [--draw OUT.png] [--config FILE]

Finds faces in PNG, JPEG and WebP files with the model that the face-detector uses. Boxes and landmarks are in pixels of the
upright image; faces of any size are shown. Exit code 5 when a file could not be read; the others are looked at.

  --json            one line per image: {"file","width","height","faces":[{"box","score","landmarks","quality"}]}
  --model M         auto (default), ssd or yunet
  --min-score X     0.01 to 1 (default: detector.minScore; auto is YuNet 0.6, SSD 0.4)
  --draw OUT.png    draw the faces into a copy of the image; takes one image
  --config FILE     configuration (default: sightline.yaml, if there is one)
`,
  async run(args, io) {
    const { detectImages } = await import('./detect-images.ts');
    return detectImages(args, io);
  },
};
