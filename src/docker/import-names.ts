/**
 * The package of PyPI that has a module, one module a line; where no package is named, it is called like the module. Made by
 * scripts/import-names.py on 2026-11-29.
 */
export const IMPORT_NAMES = `
Bio biopython
BioSQL biopython
ConfigSpace
CoolProp
Crypto pycryptodome
Cryptodome pycryptodomex
Cython
FlagEmbedding
GPy
IPython
InstructorEmbedding
Levenshtein
MDAnalysis
OleFileIO_PL olefile
OpenGL pyopengl
OpenSSL pyopenssl
PIL pillow
PyQt5
PyQt6
PySide6 pyside6-essentials
SimpleITK
Stemmer pystemmer
TTS coqui-tts
absl absl-py
accelerate
adapters
adbc_driver_duckdb duckdb
addict
adtk
aenum
aeon
ahocorasick pyahocorasick
ai_edge_litert
aim
aiofile
aiofiles
aiohappyeyeballs
aiohttp
aiomqtt
aiomysql
aiosignal
aiosqlite
alabaster
albucore
albumentations
ale_py
alembic
alibi_detect
allennlp
altair
amqp
anndata
annotated_doc
annotated_types
anthropic
antropy
ants antspyx
antspyx
anyio
anytree
apiclient google-api-python-client
appdirs
apscheduler
apsw
arch
argcomplete
argon2 argon2-cffi
argostranslate
array_api_compat
arrow
arviz
arviz_plots
ase
asgiref
asn1crypto
ast_serialize
asteroid_filterbanks
asteval
astroid
astropy
astropy_healpix
astropy_iers_data
astroquery
asttokens
astunparse
async_lru
asyncpg
attr attrs
attrs
audiocraft
audiomentations
audioread
auraloss
authlib
autogluon
autograd
automat
automata automata-lib
av
ax ax-platform
axial_positional_embedding
babel
backoff
backtrader
basic_pitch
batchgenerators
bayes_opt bayesian-optimization
bcrypt
beartype
bentoml
bert_score
bertopic
billiard
bitarray
bitsandbytes
black
blackd black
blackjax
bleach
blib2to3 black
blinker
blis
blobfile
blosc
blosc2
bm25s
bnlearn
bokeh
boltons
boruta
boto3
botocore
botorch
bottleneck
bpemb
brax
brotli
bs4 beautifulsoup4
bson pymongo
build
cachebox
cachecontrol
cachelib
cachetools
caio
calver
can python-can
cantera
captum
cartopy
casadi
catalogue
catboost
category_encoders
cattr cattrs
cattrs
causal_conv1d
causalml
cbor2
ccxt
celery
cellpose
certifi
cffi
cfgrib
cfgv
cftime
chardet
charset_normalizer
chemicals
chex
chgnet
chromadb
chronos chronos-forecasting
ckzg
clang_format
clang_tidy
clarabel
cleanfid clean-fid
cleanlab
clearml
click
click_plugins
cligj
clip openai-clip
clip_interrogator
cloudpathlib
cloudpickle
cma
cmake
cmdstanpy
cmeel
cmeel_pth cmeel
cobra
cocotb
cocotb_bus
cocotb_tools cocotb
cocotbext cocotbext-axi
cohere
coincurve
colorama
colorlog
colour
comet_ml
comm
compel
compressed_tensors
confection
configargparse
conllu
constantly
contourpy
contractions
control
controlnet_aux
convertdate
copulas
coreforecast
coremltools
cornac
coverage
cpuinfo py-cpuinfo
cramjam
croniter
cryptography
ctgan
ctransformers
ctranslate2
cuequivariance_torch
curated_tokenizers
curated_transformers
curl_cffi
cv2 opencv-python-headless
cvxopt
cvxpy
cycler
cyclopts
cymem
cysignals
cython
cytoolz
daal4py
dac descript-audio-codec
darts
dash
dask
dask_ml
dataclasses_json
datasets
datashader
dateparser
dateparser_cli dateparser
dateparser_data dateparser
dateparser_scripts dateparser
dateutil python-dateutil
deap
debugpy
decorator
decord
deepchem
deepdiff
deepecho
deepface
defusedxml
demoji
dependency_groups
deprecated
deprecation
descript_audio_codec
detoxify
dgl
diffrax
diffusers
dill
dipy
diskcache
distlib
distrax
distributed
distro
dj_database_url
django
dlib
dm_control
dm_env
dns dnspython
docker
docstring_parser
doctr python-doctr
docutils
docx python-docx
donfig
dotenv python-dotenv
dowhy
dscribe
dspy
dtaidistance
dtreeviz
duckdb
dvc
dvclive
dynesty
e3nn
e3nn_jax
easyocr
eccodes
ecdsa
econml
ecos
editables
editdistance
effdet
efficientnet
efficientnet_pytorch
eglRenderer pybullet
einops
einx
elasticsearch
eli5
ema_pytorch
email_validator
emcee
emoji
encodec
environs
equinox
erfa pyerfa
esda
esm fair-esm
et_xmlfile
eth_hash
eth_typing
eth_utils
etils
evaluate
evidently
evtk pyevtk
exceptiongroup
execnet
executing
executorch
ezdxf
face_recognition
facenet_pytorch
facexlib
fairchem fairchem-core
fairlearn
fairscale
faiss faiss-cpu
faker
fancyimpute
farama_notifications
fastai
fastapi
fastavro
fastcore
fastdownload
fastembed
fasteners
faster_whisper
fastjsonschema
fastmcp fastmcp-slim
fastparquet
fastprogress
fasttext fasttext-wheel
fasttext_langdetect
fd7dcdb10166ebd4db98__mypyc pytokens
feature_engine
featuretools
feedparser
filelock
filetype
filterpy
find_libpython
fiona
fire
fla flash-linear-attention
flair
flake8
flaml
flask
flask_bcrypt
flask_cors
flask_jwt_extended
flask_login
flask_restful
flask_session
flask_sqlalchemy
flask_wtf
flatbuffers
flax
flaxlib_src flax
flexcache
flexparser
flint python-flint
flit_core
fluids
folium
fontTools
forestci
formulaic
fpdf fpdf2
fqdn
freezegun
frozendict
frozenlist
fsspec
ftfy
fugashi
funasr
functorch torch
future
fuzzywuzzy
g2p_en
galois
gast
gcsfs
gensim
geojson
geopandas
gfpgan
gguf
gin gin-config
git gitpython
gitdb
github pygithub
glfw
gliner2
glom
gluoncv
gluonts
gmpy2
gmsh
google protobuf
google_auth_httplib2
google_auth_oauthlib
google_crc32c
googleapiclient google-api-python-client
gpflow
gpt4all
gpytorch
gradio
gradio_client
graphframes
graphql graphql-core
graphviz
great_expectations
greenlet
gridfs pymongo
griffe griffelib
groq
grpc grpcio
grpc_tools grpcio-tools
gspread
gunicorn
gurobipy
gym
gymnasium
h11
h2
h2o
h3
h5netcdf
h5py
haiku dm-haiku
harfile
hatch_fancy_pypi_readme
hatch_vcs
hatchling
haystack haystack-ai
hdbscan
heavyball
hf_xet
hickle
hierarchicalforecast
highspy
hiredis
hmmlearn
hnswlib
holidays
holoviews
hpack
html5lib
httpcore
httpcore2
httplib2
httptools
httpx
httpx2
httpx_sse
huggingface_hub
humanfriendly
humanize
hummingbird hummingbird-ml
hvplot
hydra hydra-core
hyperframe
hyperlink
hyperopt
hypothesis
hypothesis_graphql
ibis ibis-framework
identify
idna
ignite pytorch-ignite
igraph
imagecodecs
imageio
imageio_ffmpeg
imagesize
imblearn imbalanced-learn
imgaug
immutabledict
implicit
importlib_metadata
importlib_resources
incremental
inflect
iniconfig
insightface
instructor
interface_meta
interpret
interpret_core
invisible_watermark
invoke
ipadic
ipdb
ipykernel
ipykernel_launcher ipykernel
ipython_pygments_lexers
ipywidgets
isodate
isoduration
isort
isympy sympy
iterstrat iterative-stratification
itk
itsdangerous
janitor pyjanitor
janome
janus
jax
jax_md
jaxlib
jaxopt
jaxtyping
jedi
jeepney
jellyfish
jinja2
jiter
jiwer
jmespath
jmp
joblib
joserfc
jplephem
jraph
json5
jsonpatch
jsonpath_ng
jsonpickle
jsonpointer
jsonref
jsonschema
jsonschema_path
jsonschema_rs
jsonschema_specifications
jupyter jupyter-core
jupyter_builder
jupyter_client
jupyter_console
jupyter_core
jupyter_events
jupyter_lsp
jupyter_server
jupyter_server_terminals
jupyterlab
jupyterlab_pygments
jupyterlab_server
jupyterlab_widgets
jwcrypto
jwt pyjwt
k_diffusion
kagglehub
kedro
keras
keras_applications
keras_hub
keras_nlp
keras_preprocessing
keras_tuner
kerastuner keras-tuner
key_value py-key-value-aio
keybert
keyphrase_vectorizers
keyring
kiwipiepy
kiwisolver
kmeans_pytorch
kmodes
kneed
koalas
kokoro
kokoro_onnx
kombu
kornia
kornia_rs
laion_clap
lancedb
langchain
langchain_community
langchain_core
langchain_google_genai
langchain_huggingface
langchain_openai
langchain_text_splitters
langcodes
langgraph
langgraph_sdk
langid
langsmith
lark
layoutparser
lazy_loader
ldpc
leidenalg
lerobot
lhotse
libfuturize future
libnetworkit networkit
libpasteurize future
libpysal
librosa
librt
libtpu
lifelines
lightgbm
lightly
lightning
lightning_fabric pytorch-lightning
lightning_utilities
lime
linearmodels
lineax
lingua lingua-language-detector
linopy
lion_pytorch
litdata
litellm
llama_cpp llama-cpp-python
llama_index
llvmlite
lm_eval
lmdb
lmfit
locket
loguru
loky
loralib
lpips
luigi
lunarcalendar
lxml
lz4
mace mace-torch
magika
mako
mapclassify
mapie
markdown
markdown_it markdown-it-py
markupsafe
marshmallow
matminer
matplotlib
matplotlib_inline
matpowercaseframes
maturin
mccabe
mcp
mcp_types
mdit_py_plugins
mdtraj
mdurl
mediapipe
mergedeep
meshio
mesonbuild meson
mesonpy meson-python
metaflow
metpy
miceforest
mido
mip
mir_eval
missingno
mistral_common
mistralai
mistune
ml_collections
ml_dtypes
mlflow
mlflow_skinny
mlforecast
mlx
mlxtend
mmcv
mmdet
mmengine
mmh3
mne
mne_bids
model2vec
modin
monai
moocore
more_itertools
motor
moviepy
mpi4py
mpl_toolkits matplotlib
mpmath
msgpack
msgpack_numpy
msgspec
mtcnn
mteb
mudata
mujoco
multidict
multipart python-multipart
multipledispatch
multiprocess
multitasking
munch
murmurhash
music21
mutagen
mxnet
mypy
mypy_extensions
mypyc mypy
mysql mysql-connector-python
nacl pynacl
nagisa
namex
nanobind
narwhals
nats nats-py
natsort
nbclient
nbconvert
nbformat
ncnn
ndindex
nemo nemo-toolkit
neo4j
nequip
nest_asyncio
nest_asyncio2
netCDF4
networkit
networkx
neuralforecast
neuralprophet
neurokit2
nevergrad
newspaper newspaper3k
ngboost
nglview
nh3
nibabel
nilearn
ninja
nixtla
nlpaug
nltk
nnAudio
nncf
nnunetv2
node2vec
nodeenv
noisereduce
norfair
notebook
notebook_shim
nox
num2words
numba
numcodecs
numexpr
numpy
numpyro
oauth2client
oauthlib
obspy
olefile
omegaconf
onedal daal
onnx
onnx2tf
onnx2torch
onnx_graphsurgeon
onnx_ir
onnxconverter_common
onnxmltools
onnxoptimizer
onnxruntime
onnxruntime_extensions
onnxscript
onnxsim
onnxslim
onnxtr
opacus
open3d
open_clip open-clip-torch
open_clip_train open-clip-torch
openai
openapi_pydantic
openbabel openbabel-wheel
openmm
openpyxl
openslide openslide-python
openunmix
openvino
opt_einsum
opt_einsum_fx
optax
optbinning
optimistix
optimum
optimum_quanto
optree
optuna
optuna_integration
orbax orbax-checkpoint
ordered_set
orderly_set
orjson
ormsgpack
ortools
osqp
ot pot
outcome
outlines
overrides
packaging
paddle paddlepaddle
paddleocr
paddlex
paho paho-mqtt
pandapower
pandarallel
pandas
pandas_profiling
pandas_ta
pandera
pandocfilters
panel
paramiko
parselmouth praat-parselmouth
parso
partd
passlib
past future
pasta google-pasta
pathable
pathlib_abc
pathos
pathspec
patsy
pdfminer pdfminer-six
pdfplumber
peewee
peft
pendulum
pennylane
petastorm
pettingzoo
pexpect
pg8000
pgmpy
phonemizer
photutils
pillow_heif
pinecone
pingouin
pint
pip
piq
pkg_resources setuptools
platformdirs
playhouse peewee
playwright
plotly
plotnine
pluggy
ply
pmdarima
pmlb
pocketsphinx
poetry poetry-core
polars
pooch
portalocker
postgrest
posthog
pox
pp ppft
ppft
pre_commit
prefect
preshed
pretrainedmodels
prettytable
profanity_check alt-profanity-check
progress
progressbar progressbar2
prometheus_client
prompt_toolkit
propcache
properscoring
prophet
proto proto-plus
proxytypes jsonref
psutil
psycopg
psycopg2 psycopg2-binary
psycopg_binary
ptflops
ptyprocess
pulp
pure_eval
pwiz peewee
py
pyLDAvis
pyamg
pyaml
pyannote pyannote-audio
pyarrow
pyasn1
pyasn1_modules
pybammsolvers
pybind11
pybind11_abseil ortools
pybullet
pybullet_data pybullet
pybullet_envs pybullet
pybullet_examples pybullet
pybullet_robots pybullet
pybullet_utils pybullet
pycard python-sat
pycaret
pycocotools
pycodestyle
pycountry
pycparser
pycrfsuite python-crfsuite
pyctcdecode
pydantic
pydantic_core
pydantic_settings
pydeck
pydevd_plugins omegaconf
pydicom
pydivsufsort
pydot
pydotplus
pydub
pyee
pyensembl
pyevtk
pyflakes
pyformula python-sat
pygad
pygam
pygame
pygments
pygpi cocotb
pyiqa
pykalman
pylab matplotlib
pylint
pymarc
pymatching
pymatgen
pymc
pymc3
pymetis
pymilvus
pymodbus
pymongo
pymoo
pymysql
pynndescent
pynvml
pyod
pyodbc
pyogrio
pyomo
pyparsing
pypdf
pypdfium2
pypdfium2_cfg pypdfium2
pypdfium2_cli pypdfium2
pypdfium2_raw pypdfium2
pyperclip
pyphen
pypots
pyproj
pyproject_hooks
pypsa
pyranges
pyrate_limiter
pyrender
pyriemann
pyright
pyro pyro-ppl
pysam
pysat python-sat
pyscf
pyscipopt
pyserini
pysolvers python-sat
pyspellchecker
pyswarms
pytensor
pytesseract
pytest
pytest_asyncio
pytest_benchmark
pytest_cov
pytest_mock
pytest_timeout
pythainlp
python_discovery
python_multipart
python_utils
pythonjsonlogger python-json-logger
pythran
pytokens
pytorch_fid
pytorch_forecasting
pytorch_grad_cam grad-cam
pytorch_lightning
pytorch_metric_learning
pytorch_msssim
pytorch_optimizer
pytorch_pretrained_bert
pytorch_ranger
pytorch_tabnet
pytorch_wavelets
pytorchcv
pyts
pytz
pyvi
pyvips
pyvista
pywt pywavelets
pyximport cython
qdldl
qdrant_client
qlib pyqlib
qpsolvers
qrcode
quantile_forest
quantstats
qutip
rake_nltk
rank_bm25
rapidfuzz
rapidocr
rapidocr_onnxruntime
rasa
rasterio
rax
ray
rdata
rdflib
rdkit
rdt
readability readability-lxml
realesrgan
realtime
recbole
redis
reedsolo
referencing
regex
regions
rembg
reportlab
reproject
requests
requests_oauthlib
requests_toolbelt
resampy
resemblyzer
resiliparse
responses
respx
retinaface retina-face
retrying
rfc3339_validator
rfc3986
rfc3986_validator
rfc3987_syntax
rich
rich_rst
rioxarray
river
robot_descriptions
roman_numerals
rotary_embedding_torch
rpds rpds-py
rsa
rsl_rl rsl-rl-lib
ruamel ruamel-yaml
ruff
ruptures
rustworkx
s3fs
s3transfer
sacrebleu
sacred
sacremoses
safetensors
sam2
sb3_contrib
scann
scanpy
scapy
schedulefree
scikeras
scikit_build_core
scikit_posthocs
scikitplot scikit-plot
scipy
scramp
scs
scvi scvi-tools
sdmetrics
sdv
seaborn
secretstorage
segment_anything
segmentation_models_pytorch
seisbench
selenium
semantic_version
send2trash
sentence_transformers
sentencepiece
serial pyserial
service_identity
setfit
setuptools
setuptools_rust
setuptools_scm
sevenn
sgp4
shap
shapefile pyshp
shapely
shellingham
sherpa_onnx
shiboken6
shimmy
silero_vad
simdkalman
simpleeval
simplejson
simpletransformers
six
skbase scikit-base
skbio scikit-bio
skfem scikit-fem
skfolio
skforecast
skfuzzy scikit-fuzzy
skimage scikit-image
skl2onnx
sklearn scikit-learn
sklearn2pmml
sklearn_crfsuite
sklearn_extra scikit-learn-extra
sklearn_pandas
sklearnex scikit-learn-intelex
skmisc scikit-misc
skmultilearn scikit-multilearn
sknetwork scikit-network
skops
skopt scikit-optimize
skorch
skrf scikit-rf
skrl
skrub
skrules skope-rules
sksurv scikit-survival
sktime
skyfield
slicer
slugify python-slugify
slycot
smart_open
smmap
snac
snappy python-snappy
sniffio
snorkel
snowballstemmer
socks pysocks
sockshandler pysocks
sortedcontainers
sounddevice
soundfile
soupsieve
soxr
spacy
spacy_alignments
spacy_curated_transformers
spacy_legacy
spacy_loggers
spacy_transformers
spandrel
sparknlp spark-nlp
sparsediffpy
specutils
speechbrain
spellchecker pyspellchecker
sphinx
sqlalchemy
sqlmodel
sqlparse
srsly
sse_starlette
stable_baselines3
stack_data
stamina
stan pystan
stanza
starlette
statsforecast
statsmodels
stevedore
stim
stockstats
storage3
streamlit
strenum
structlog
stumpy
sudachidict_core
sudachipy
sumy
sunpy
supabase
supabase_auth
supabase_functions
supervision
surprise scikit-surprise
sweetviz
swifter
sympy
symspellpy
synapseml
tables
tabpfn
tabulate
talib ta-lib
tbats
tblib
tenacity
tensorboard
tensorboardX
tensorboard_data_server
tensorboard_plugin_profile
tensordict
tensorflow
tensorflow_addons
tensorflow_data_validation
tensorflow_datasets
tensorflow_decision_forests
tensorflow_estimator
tensorflow_graphics
tensorflow_hub
tensorflow_io
tensorflow_metadata
tensorflow_model_optimization
tensorflow_probability
tensorflow_ranking
tensorflow_recommenders
tensorflow_serving tensorflow-serving-api
tensorflow_text
tensorflow_transform
tensorflowjs
tensorstore
termcolor
terminado
terratorch
text_unidecode
textacy
textblob
textstat
texttable
tf2onnx
tf_keras
tf_slim
tflite_runtime
thefuzz
thermo
thinc
thop
threadpoolctl
tianshou
tifffile
tiktoken
tiktoken_ext tiktoken
time_machine
timm
tinycss2
tld
tlz toolz
tokenizers
toml
tomli
tomli_w
tomlkit
toolz
torch
torch_audiomentations
torch_complex
torch_dct
torch_einops_utils
torch_ema
torch_fidelity
torch_geometric
torch_optimizer
torch_scatter
torch_stoi
torchao
torchaudio
torchcodec
torchcrepe
torchcrf pytorch-crf
torchdata
torchdiffeq
torcheval
torchgen torch
torchgeo
torchinfo
torchio
torchlibrosa
torchmetrics
torchrec
torchrl
torchscale
torchsde
torchsr
torchsummary
torchtext
torchtune
torchtyping
torchvision
torchviz
torchxrayvision
tornado
tox
tqdm
trafilatura
traitlets
transformer_lens
transformers
treeinterpreter
treelite
treelite_runtime
treescope
trimesh
trio
trio_websocket
triton
trl
trove_classifiers
truststore
tsfeatures
tsfresh
tslearn
ttach
turbojpeg pyturbojpeg
twisted
typeguard
typer
typing_extensions
typing_inspect
typing_inspection
tzdata
tzlocal
ujson
ultralytics
ultralytics_thop
umap umap-learn
uncalled_for
uncertainties
unfoldnd
unicorn
unidecode
unidic
unidic_lite
upath universal-pathlib
uri_template
uritemplate
urllib3
usearch
utilsforecast
uuid_utils
uvicorn
uvloop
vaderSentiment
vaex vaex-core
validators
vcs_versioning
vector_quantize_pytorch
vectorbt
vega_datasets
vine
virtualenv
vit_pytorch
vocos
vosk
voyager
vtk
vtkmodules vtk
wadler_lindig
wandb
wasabi
wasmtime
watchdog
watchfiles
wcwidth
weasel
weaviate weaviate-client
webcolors
webdataset
webencodings
webrtcvad webrtcvad-wheels
websocket websocket-client
websockets
werkzeug
wheel
whisper openai-whisper
whisper_timestamped
whisperx
whylogs
widgetsnbextension
window_ops
woodwork
wordcloud
wordninja
wrapt
wsproto
wtforms
x_transformers
xarray
xarray_einstats
xdist pytest-xdist
xformers
xgboost
xgboost_ray
xlrd
xlsxwriter
xmlschema
xxhash
xyzservices
yacs
yake
yaml pyyaml
yarl
ydata_profiling
ydf
yellowbrick
yfinance
yolov5
yt_dlp
z3 z3-solver
zarr
zenml
zipp
zmq pyzmq
zstandard
`;
