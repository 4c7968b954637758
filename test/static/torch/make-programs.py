"""TorchScript programs as torch writes them (code/*.py of the archives, joined), for test/static/torch. Needs torch, in the sandbox image:
    python3 make-programs.py > programs.json"""
import io, json, warnings, zipfile
from typing import Dict, List, Optional, Tuple
import torch
warnings.filterwarnings('ignore')

class Names(torch.nn.Module):
    """Names that mean something to the program's interpreter, used for values and methods."""
    def __init__(self):
        super().__init__()
        self.ops = torch.nn.Linear(2, 2)
        self.torch = torch.nn.Linear(2, 2)

    @torch.jit.export
    def save(self, ops: torch.Tensor):
        return ops

    def forward(self, ops: torch.Tensor, n: str = 'torch.save('):
        torch = ops + 1
        getattr = torch * 2
        aten = getattr
        print('never torch.from_file(x)', n)
        return self.torch(self.ops(ops)), self.save(torch), n, getattr, aten, {'ops': torch}

class Flow(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = torch.nn.LSTM(3, 4, num_layers=2, batch_first=True)
        self.layers = torch.nn.ModuleList([torch.nn.Conv1d(3, 3, 3), torch.nn.BatchNorm1d(3)])

    def forward(self, x: torch.Tensor, kinds: Optional[List[str]] = None) -> Tuple[torch.Tensor, Dict[str, int]]:
        counts: Dict[str, int] = {}
        if kinds is not None:
            for kind in kinds:
                if kind not in counts:
                    counts[kind] = 0
                counts[kind] += len(kind.split('\\'))
        while bool(x.sum() > 3):
            x = x / 2
        if x.dim() != 3:
            raise ValueError(f'expected three dimensions, not {x.dim()}: "é"')
        for layer in self.layers:
            x = layer(x)
        y, _ = self.rnn(x.transpose(1, 2))
        future = torch.jit.fork(torch.relu, y)
        return torch.jit.wait(future), counts

class Quantized(torch.nn.Module):
    def __new__(cls):
        return torch.ao.quantization.quantize_dynamic(torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.ReLU()), {torch.nn.Linear})

def code(module):
    data = io.BytesIO()
    torch.jit.save(module, data)
    with zipfile.ZipFile(data) as archive:
        return '\n'.join(archive.read(name).decode('latin1') for name in archive.namelist() if name.endswith('.py'))

transformer = torch.nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(8, 2, 16), 2).eval()
print(json.dumps({
    'names that mean something': code(torch.jit.script(Names())),
    'control flow and a recurrent net': code(torch.jit.script(Flow())),
    'quantized layers': code(torch.jit.script(Quantized())),
    'a transformer': code(torch.jit.script(transformer)),
    'a traced transformer': code(torch.jit.trace(transformer, torch.zeros(3, 1, 8))),
    'a frozen net': code(torch.jit.freeze(torch.jit.script(torch.nn.Sequential(torch.nn.Conv2d(1, 1, 3), torch.nn.GELU()).eval()))),
    'a function': code(torch.jit.trace(lambda x: torch.fft.fft(x).abs().sum(), torch.zeros(4))),
}, indent=1))
