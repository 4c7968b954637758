"""Lists which package has a module, for modules that models and their projects import.

    python3 scripts/import-names.py --packages LIST [--table src/docker/import-names.ts] --wheels FOLDER… > NEW

The wheels say themselves which modules they hold; nothing of them is run. BY_HAND has packages that no wheel was at hand for, from their own
documentation; a wheel that says otherwise ends the program. LIST has the registry's packages, one a line: the name, a tab, two columns more and the
rank among the most downloaded. A name by hand without a rank is left out: it may be misremembered, and anybody can publish under a name that is free.
What --table has already and no wheel speaks against stays. Packages that are published as source alone are left out by hand: images install wheels.
"""

import argparse, datetime, pathlib, re, sys, zipfile

# Packages for models, their data and their training. A module that is called like its package stands alone; else `module=package`.
BY_HAND = """
absl=absl-py accelerate adapters addict ai_edge_litert aim aiohttp albucore albumentations ale_py alibi_detect allennlp altair anndata anthropic
antropy ants=antspyx antspyx arch arviz ase asteroid_filterbanks astropy astunparse attr=attrs attrs audiomentations autogluon av ax=ax-platform
backtrader basic_pitch batchgenerators bayes_opt=bayesian-optimization bentoml bert_score bertopic bitsandbytes blackjax blosc blosc2 bm25s bokeh
boruta boto3 botorch bottleneck brax brotli bs4=beautifulsoup4 cachetools captum casadi catboost category_encoders causalml ccxt cellpose cffi cfgrib
chex chgnet chromadb chronos=chronos-forecasting cleanlab clearml click clip=openai-clip clip_interrogator cloudpickle cma cmdstanpy cobra cohere
colorama colorlog comet_ml compel configargparse ConfigSpace contractions control controlnet_aux convertdate copulas coreforecast coremltools cornac
ctgan ctransformers ctranslate2 curated_tokenizers curated_transformers cv2=opencv-python-headless cvxopt cvxpy cython daal4py
dac=descript-audio-codec darts dash dask dask_ml dataclasses_json datasets datashader dateutil=python-dateutil deap decord deepchem deepecho deepface
demoji descript_audio_codec detoxify dgl diffrax diffusers dill dipy distrax distributed dm_control dm_env doctr=python-doctr dowhy dscribe dspy
duckdb dvc dvclive dynesty e3nn e3nn_jax easyocr eccodes econml editdistance efficientnet einops eli5 ema_pytorch emcee emoji equinox esda
esm=fair-esm evaluate evidently face_recognition facenet_pytorch facexlib fairchem=fairchem-core fairlearn faiss=faiss-cpu fancyimpute fastai fastapi
fastcore fastdownload faster_whisper fastparquet fastprogress fasttext=fasttext-wheel fasttext_langdetect feature_engine featuretools filterpy fiona
fire flair flaml flask flax folium formulaic fsspec ftfy fugashi fuzzywuzzy g2p_en gast gcsfs gensim geopandas gfpgan gguf gin=gin-config gluoncv
gluonts google=protobuf gpflow gpt4all GPy gpytorch gradio gradio_client graphframes graphviz great_expectations grpc=grpcio gurobipy gymnasium h2o h3
h5py haiku=dm-haiku haystack=haystack-ai hdbscan hickle hierarchicalforecast highspy hmmlearn hnswlib holidays holoviews html5lib httpx
huggingface_hub hummingbird=hummingbird-ml hvplot hydra=hydra-core hyperopt ibis=ibis-framework ignite=pytorch-ignite igraph imageio imageio_ffmpeg
imblearn=imbalanced-learn imgaug implicit inflect insightface instructor interpret interpret_core invisible_watermark ipadic itk janitor=pyjanitor
janome jax jaxlib jaxopt jaxtyping jellyfish jinja2 jiwer joblib jsonpickle k_diffusion kedro keras keras_applications keras_hub keras_nlp
keras_preprocessing keras_tuner kerastuner=keras-tuner keybert kiwipiepy kmodes kneed koalas kokoro kornia kornia_rs laion_clap lancedb langchain
langchain_community langchain_core langid leidenalg Levenshtein libpysal librosa lifelines lightgbm lime linearmodels lineax
lingua=lingua-language-detector lion_pytorch litellm llama_cpp=llama-cpp-python llama_index llvmlite lmdb lmfit loguru loky lpips luigi lunarcalendar
lxml lz4 mace=mace-torch magika mapie marshmallow matminer matplotlib MDAnalysis mdtraj mediapipe metaflow metpy miceforest mip missingno
mistral_common mistralai ml_collections mlflow mlflow_skinny mlforecast mlxtend mmdet mmengine mne mne_bids modin monai moviepy mpmath msgpack
msgpack_numpy mtcnn mudata mujoco munch nagisa nanobind nemo=nemo-toolkit nequip netCDF4 networkx neuralforecast neurokit2 nevergrad
newspaper=newspaper3k ngboost nibabel nilearn nixtla nltk nnAudio nncf nnunetv2 node2vec noisereduce norfair num2words numba numcodecs numexpr numpyro
obspy omegaconf onedal=daal onnx_graphsurgeon onnxconverter_common onnxmltools onnxoptimizer onnxruntime_extensions onnxsim opacus open3d
open_clip=open-clip-torch openai openbabel=openbabel-wheel openmm openslide=openslide-python openvino optax optbinning optimistix optimum
optimum_quanto optuna optuna_integration orbax=orbax-checkpoint orjson ortools osqp outlines paddle=paddlepaddle paddleocr paddlex pandarallel
pandas_profiling pandas_ta pandera panel parselmouth=praat-parselmouth patsy peft pettingzoo pgmpy phonemizer PIL=pillow pillow_heif pinecone pingouin
pint piq plotly plotnine pmdarima polars portalocker prefect prettytable profanity_check=alt-profanity-check properscoring prophet psutil pulp
pyannote=pyannote-audio pyarrow pybind11 pybullet pycaret pydantic pydicom pydot pydotplus pygad pygam pyiqa pykalman pyLDAvis pymatgen pymc pymilvus
pymoo pynndescent pynvml pyod pyomo pyphen pyproj pyranges pyrender pyriemann pyro=pyro-ppl pysam pyserini pyspellchecker pyswarms pytensor
pytesseract pythainlp pythran pytorch_fid pytorch_forecasting pytorch_grad_cam=grad-cam pytorch_metric_learning pytorch_msssim pytorch_pretrained_bert
pytorch_tabnet pytorch_wavelets pyts pytz pyvi pyvips pyvista qdrant_client qlib=pyqlib qpsolvers quantstats rake_nltk rank_bm25 rapidfuzz rapidocr
rapidocr_onnxruntime rasterio ray rdkit rdt readability=readability-lxml realesrgan recbole rembg requests resampy resemblyzer retinaface=retina-face
rich rioxarray river rotary_embedding_torch ruamel=ruamel.yaml ruptures s3fs sacrebleu sacred sacremoses safetensors sam2 sb3_contrib scann scanpy
scikit_posthocs scikitplot=scikit-plot scs scvi=scvi-tools sdmetrics sdv seaborn segment_anything segmentation_models_pytorch sentence_transformers
sentencepiece setfit shap shapely shimmy silero_vad simdkalman SimpleITK simplejson simpletransformers skbio=scikit-bio skfuzzy=scikit-fuzzy
skimage=scikit-image skl2onnx sklearn2pmml sklearn_crfsuite sklearn_extra=scikit-learn-extra sklearn_pandas sklearnex=scikit-learn-intelex
skmultilearn=scikit-multilearn skops skopt=scikit-optimize skorch skrl skrub sksurv=scikit-survival sktime smart_open snappy=python-snappy snorkel
spacy spacy_alignments spacy_curated_transformers spacy_legacy spacy_loggers spacy_transformers sparknlp=spark-nlp speechbrain
spellchecker=pyspellchecker stable_baselines3 stan=pystan stanza statsforecast statsmodels stockstats streamlit stumpy sudachipy sumy sunpy
supervision sweetviz swifter sympy symspellpy synapseml tables tabpfn tabulate talib=TA-Lib tbats tensorboard tensorboard_plugin_profile tensorboardX
tensorflow tensorflow_addons tensorflow_data_validation tensorflow_datasets tensorflow_decision_forests tensorflow_estimator tensorflow_graphics
tensorflow_hub tensorflow_io tensorflow_metadata tensorflow_model_optimization tensorflow_probability tensorflow_ranking tensorflow_recommenders
tensorflow_serving=tensorflow-serving-api tensorflow_text tensorflow_transform tensorflowjs termcolor textacy textblob textstat tf2onnx tf_keras
tf_slim tflite_runtime thefuzz thinc thop tianshou tifffile tiktoken timm tokenizers toml tomli torch torch_audiomentations torch_ema torch_fidelity
torch_geometric torch_optimizer torchao torchaudio torchcodec torchcrf=pytorch-crf torchdata torchdiffeq torcheval torchgeo torchinfo torchio
torchlibrosa torchmetrics torchrl torchsde torchsummary torchtext torchtune torchtyping torchvision tqdm trafilatura transformers treeinterpreter
treelite treelite_runtime trimesh triton trl tsfresh tslearn TTS=coqui-tts turbojpeg=PyTurboJPEG typer tzlocal ujson ultralytics ultralytics_thop
umap=umap-learn uncertainties unidecode unidic unidic_lite usearch utilsforecast uvicorn vaderSentiment vaex=vaex-core vector_quantize_pytorch
vectorbt vit_pytorch vocos voyager vtk wandb weaviate=weaviate-client webdataset webrtcvad=webrtcvad-wheels whisperx whylogs window_ops woodwork wrapt
x_transformers xarray xformers xgboost xgboost_ray yacs yake yaml=PyYAML ydata_profiling ydf yellowbrick yfinance yolov5 zarr zenml zstandard
adtk aeon argostranslate arviz_plots astropy_healpix astroquery audiocraft auraloss axial_positional_embedding bnlearn bpemb causal_conv1d
cleanfid=clean-fid compressed_tensors cuequivariance_torch dlib dtaidistance dtreeviz effdet efficientnet_pytorch encodec executorch fairscale fastembed
FlagEmbedding forestci funasr gliner2 glom gym heavyball InstructorEmbedding iterstrat=iterative-stratification jax_md jmp jraph keyphrase_vectorizers
kmeans_pytorch kokoro_onnx layoutparser lerobot lhotse lightly litdata loralib mapclassify mlx mmcv model2vec mteb mxnet ncnn neuralprophet nglview
nlpaug onnx2tf onnx2torch onnxslim onnxtr openunmix opt_einsum_fx pennylane petastorm photutils pmlb pretrainedmodels ptflops pyctcdecode pyensembl
pymc3 pypots pytorch_optimizer pytorch_ranger pytorchcv quantile_forest rasa rax regions reproject rsl_rl=rsl-rl-lib schedulefree scikeras seisbench
sevenn sherpa_onnx skbase=scikit-base skfolio skforecast skmisc=scikit-misc sknetwork=scikit-network skrules=skope-rules snac spandrel specutils
surprise=scikit-surprise tensordict terratorch torch_complex torch_dct torch_scatter torch_stoi torchcrepe torchrec torchscale torchsr torchviz
torchxrayvision transformer_lens tsfeatures ttach unfoldnd vosk whisper=openai-whisper whisper_timestamped wordninja
"""

# Of several packages with the module, the one to take; and modules that several share, of which one is meant when a model names it.
CHOSEN = {
    "cv2": "opencv-python-headless", "tensorflow": "tensorflow", "google": "protobuf", "pygame": "pygame", "py": "py", "langgraph": "langgraph", "mysql": "mysql-connector-python",
    "orbax": "orbax-checkpoint", "fla": "flash-linear-attention", "jupyter": "jupyter-core",
}
# Namespaces that many packages share: their first word tells nothing.
SHARED = {"azure", "backports", "jaraco", "nvidia", "opentelemetry", "sphinxcontrib", "zope", "cuda", "databricks"}
# What wheels hold beside their modules, and what projects call their own: a model that names these means its own code.
OWN = {
    "docs", "examples", "example", "test", "tests", "testing", "setup", "scripts", "benchmarks", "utils", "tools", "models", "model", "data", "src", "lib",
    "common", "config", "core", "helpers", "trainer", "train", "dataset", "network", "networks", "layers", "modules",
}
MODULE = re.compile(r"([A-Za-z]\w*)(?:/.*\.(?:py|so)|\.py|(?:\.[\w-]+)?\.so)$")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--packages", type=pathlib.Path, required=True)
    parser.add_argument("--table", type=pathlib.Path)
    parser.add_argument("--wheels", type=pathlib.Path, nargs="+", default=[])
    options = parser.parse_args()
    with open(options.packages, encoding="utf-8") as file:
        rows = [line.split("\t") for line in file]
    ranked = {normal(row[0]) for row in rows if len(row) > 3 and row[3]}
    table = choose(modules_of(wheel for folder in options.wheels for wheel in sorted(folder.rglob("*.whl"))))
    if options.table:
        for line in options.table.read_text(encoding="utf-8").partition("`\n")[2].splitlines()[:-1]:
            module, _, package = line.partition(" ")
            table.setdefault(module, normal(package or module))
    for entry in BY_HAND.split():
        module, _, package = entry.partition("=")
        package = normal(package or module)
        if package not in ranked:
            print(f"left out: {package} has no rank", file=sys.stderr)
        elif module not in OWN and module not in SHARED and module not in sys.stdlib_module_names:
            if table.setdefault(module, package) != package and module not in CHOSEN:
                sys.exit(f"{module} is in {table[module]}, by its wheel, and in {package}, by hand")
    print(HEAD.format(date=datetime.date.today().isoformat()), end="")
    for module, package in sorted(table.items()):
        print(module if normal(module) == package else f"{module} {package}")
    print("`;")


def modules_of(wheels):
    """The packages that have a module."""
    found = {}
    for wheel in wheels:
        package = normal(wheel.name.split("-", 1)[0])
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                match = MODULE.match(name)
                if match:
                    found.setdefault(match[1], set()).add(package)
    return found


def choose(found):
    table = {}
    for module, packages in found.items():
        if module in OWN or module in SHARED or module in sys.stdlib_module_names:
            continue
        if module in CHOSEN:
            table[module] = CHOSEN[module]
        elif len(packages) == 1:
            table[module] = next(iter(packages))
        elif normal(module) in packages:
            table[module] = normal(module)
        else:
            print(f"left out: {module} is in {', '.join(sorted(packages))}", file=sys.stderr)
    return table


def normal(name):
    """As registries compare names."""
    return re.sub(r"[-_.]+", "-", name).lower()


HEAD = """/**
 * The package of PyPI that has a module, one module a line; where no package is named, it is called like the module. Made by
 * scripts/import-names.py on {date}.
 */
export const IMPORT_NAMES = `
"""

main()
