"""7z archives in the ways that people pack them, made by 7-Zip and py7zr, for test/static/sevenzip. Nothing in them is ever loaded; their
payloads are harmless. Needs `7zz` (Debian: 7zip) and py7zr:
    python3 make-archives.py > archives.json"""
import base64, io, json, os, subprocess, tempfile
import py7zr

EVIL = b"cos\nsystem\n(S'id'\ntR."
HARMLESS = b'\x80\x02}q\x00X\x01\x00\x00\x00aK\x01s.'
# Calls of x86 among other bytes, as a filter changes them: a pickle follows, which only an exact filter gives back.
CODE = bytes(b for i in range(400) for b in (0xE8, i & 255, 0, 0 if i % 3 else 0xFF, 0xFF if i % 5 else 0))

archives = {}


def seven(name, files, *options, links={}):
    with tempfile.TemporaryDirectory() as folder:
        for path, content in files.items():
            at = os.path.join(folder, path)
            os.makedirs(os.path.dirname(at), exist_ok=True)
            with open(at, 'wb') as file:
                file.write(content)
            os.utime(at, (0, 0))
        for path, target in links.items():
            os.symlink(target, os.path.join(folder, path))
        out = os.path.join(folder, 'out.7z')
        subprocess.run(['7zz', 'a', '-bso0', '-bsp0', '-mtm-', '-mmt1', *options, out, *sorted({p.split('/')[0] for p in [*files, *links]})], cwd=folder, check=True)
        with open(out, 'rb') as file:
            archives[name] = base64.b64encode(file.read()).decode()


for method in 'Copy', 'LZMA', 'LZMA2', 'Deflate', 'BZip2', 'PPMd', 'Deflate64':
    seven(f'evil-{method}', {'a/model.pkl': EVIL * 3, 'b.txt': b'words\n' * 200}, f'-m0={method}', '-ms=on')
seven('evil-x86', {'code-and-pickle': CODE + EVIL, 'z/model.pkl': EVIL}, '-m0=BCJ', '-m1=LZMA2')
seven('evil-bcj2', {'model.pkl': EVIL, 'x.exe': CODE}, '-m0=BCJ2', '-m1=LZMA', '-m2=LZMA', '-m3=LZMA', '-mb0:1', '-mb0s1:2', '-mb0s2:3')
seven('evil-arm', {'model.pkl': EVIL}, '-m0=ARM', '-m1=LZMA2')
seven('evil-delta', {'model.pkl': EVIL * 9}, '-m0=Delta:4', '-m1=LZMA2')
seven('evil-plain-header', {'model.pkl': EVIL}, '-mhc=off')
seven('evil-not-solid', {f'{i}/data.pkl': EVIL if i == 7 else HARMLESS for i in range(9)}, '-ms=off')
seven('harmless', {f'm/{i}.pkl': HARMLESS for i in range(20)} | {'empty.txt': b'', 'README.md': b'# A model\n' * 50})
seven('encrypted', {'model.pkl': EVIL}, '-psecret')
seven('encrypted-header', {'model.pkl': EVIL}, '-psecret', '-mhe=on')
seven('link', {'model.pkl': HARMLESS}, '-snl', links={'passwd': '/etc/passwd'})
seven('link-inside', {'a/model.pkl': HARMLESS}, '-snl', links={'latest': 'a/model.pkl'})
seven('bomb', {'zeros.pkl': b'\x80\x02' + bytes(220 * 1024 * 1024)})
seven('slip', {'xx/xx/rc': b'x' * 50}, '-mhc=off')
slipped = base64.b64decode(archives['slip']).replace('xx/xx'.encode('utf-16le'), '../..'.encode('utf-16le'))
archives['slip'] = base64.b64encode(slipped).decode()
inner = base64.b64decode(archives['evil-LZMA2'])
seven('nested', {'deep/in.7z': inner})


def python(name, members, **options):
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, 'w', **options) as archive:
        for path, content in members.items():
            archive.writestr(content, path)
    archives[name] = base64.b64encode(out.getvalue()).decode()


python('py7zr-default', {'code': CODE + EVIL, 'model.pkl': EVIL})
python('py7zr-harmless', {'model.pkl': HARMLESS, 'config.json': b'{"a": 1}'})

print(json.dumps(archives, indent=1, sort_keys=True))
