"""TAR archives with a file that has holes, in each of GNU tar's four ways, packed, for test/static/archive. The file is a pickle with a payload
of zeros, a hole, before its command: read without the hole it is another file. Nothing is ever loaded. Needs GNU tar:
    python3 make-sparse.py > sparse.json"""
import base64, json, os, struct, subprocess, tempfile, zlib

HOLE = 1 << 18
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, 'model.pkl')
    archives = {}
    for name in 'one', 'many':
        with open(path, 'wb') as file:
            file.write(b'\x80\x03B' + struct.pack('<I', 40 * HOLE))
            for index in range(40 if name == 'many' else 1):
                file.seek((index + 1) * HOLE - 4096)
                file.write(b'\x01' * 4096)
            file.seek(7 + 40 * HOLE)
            file.write(b"0cos\nsystem\n(S'id'\ntR.")
        for form in '--format=gnu', '--sparse-version=0.0', '--sparse-version=0.1', '--sparse-version=1.0':
            options = [form] if form.startswith('--format') else ['--format=posix', form]
            made = subprocess.run(['tar', '-C', folder, '-Scf', '-', '--mtime=@0', '--owner=0', '--group=0', *options, 'model.pkl'], check=True, stdout=subprocess.PIPE)
            archives[f'{name} {form}'] = base64.b64encode(zlib.compress(made.stdout, 9)).decode()
print(json.dumps(archives, indent=1))
