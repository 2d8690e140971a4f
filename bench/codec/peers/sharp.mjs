// One image through sharp: node sharp.mjs TOOL WARM SOURCE TARGET, in the folder that sharp is installed in.
// Prints the processor time and the most memory of it as JSON.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const sharp = createRequire(`${process.cwd()}/`)('sharp');
sharp.concurrency(1);
sharp.cache(false);

const upright = (bytes) => sharp(bytes).rotate();
const TOOLS = {
  'sharp-jpeg': (bytes) => upright(bytes).jpeg().toBuffer(),
  'sharp-mozjpeg-80': (bytes) => upright(bytes).jpeg({ quality: 80, mozjpeg: true }).toBuffer(),
  'sharp-mozjpeg-90': (bytes) => upright(bytes).jpeg({ quality: 90, mozjpeg: true }).toBuffer(),
  'sharp-png': (bytes) => upright(bytes).png().toBuffer(),
  'sharp-palette': (bytes) => upright(bytes).png({ palette: true }).toBuffer(),
  'sharp-variants': async (bytes) => {
    await upright(bytes).resize({ height: 100 }).toBuffer();
    return upright(bytes).resize({ height: 300 }).toBuffer();
  },
};

const [, , tool, warm, source, target] = process.argv;
await TOOLS[tool](fs.readFileSync(warm));
const bytes = fs.readFileSync(source);
const before = process.cpuUsage();
fs.writeFileSync(target, await TOOLS[tool](bytes));
const { user, system } = process.cpuUsage(before);
const [, peak] = /^VmHWM:\s+(\d+) kB$/m.exec(fs.readFileSync('/proc/self/status', 'utf8'));
console.log(JSON.stringify({ cpu: (user + system) / 1e6, peak: peak * 1024 }));
