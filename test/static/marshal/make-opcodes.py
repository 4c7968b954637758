"""One entry of src/readers/marshal/opcodes.ts, for the Python that runs this:
    python3.13 make-opcodes.py
Instrumented and internal instructions are left out: no code object that was marshalled has them."""
import dis, opcode, sys
version = '%d.%d' % sys.version_info[:2]
names = {number: name for name, number in dis.opmap.items() if number < 256 and not name.startswith('INSTRUMENTED')
         and name not in ('RESERVED', 'ENTER_EXECUTOR', 'INTERPRETER_EXIT', '<0>')}
out, expected = [], 0
for number in sorted(names):
    if number != expected:
        out.append(str(number))
    out.append(names[number].replace('+', '_'))
    expected = number + 1
caches = getattr(opcode, '_inline_cache_entries', {})
if isinstance(caches, list):
    caches = dict((opcode.opname[number], count) for number, count in enumerate(caches) if count)
sys.stdout.write("  ['%s', %d, '%s', '%s'],\n" % (version, opcode.HAVE_ARGUMENT, ' '.join(out),
                 ' '.join('%s %d' % pair for pair in sorted(caches.items()) if not pair[0].startswith('INSTRUMENTED') and pair[1])))
