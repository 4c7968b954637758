"""scikit-learn, and what is built on it."""

from cases import TEXTS, TOPICS, case, frame, joblibbed, pickled, table


@pickled("scikit-learn", "a random forest")
def _():
    from sklearn.ensemble import RandomForestClassifier
    return RandomForestClassifier(n_estimators=5, random_state=1).fit(*table())


@joblibbed("scikit-learn", "a pipeline over columns")
def _():
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline, make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    columns = ColumnTransformer([
        ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "height", "weight", "income"]),
        ("words", OneHotEncoder(handle_unknown="ignore"), ["city"]),
    ])
    return Pipeline([("columns", columns), ("model", LogisticRegression())]).fit(*frame())


@joblibbed("scikit-learn", "words and a linear model", compress=3)
def _():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline
    return make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), SGDClassifier(random_state=1)).fit(TEXTS, TOPICS)


@pickled("scikit-learn", "a search over settings", protocol=2)
def _():
    from scipy.stats import uniform
    from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
    from sklearn.svm import SVC
    grid = GridSearchCV(SVC(probability=True), {"C": [1, 10]}, cv=2).fit(*table())
    return [grid, RandomizedSearchCV(SVC(), {"C": uniform(1, 9)}, n_iter=2, cv=2, random_state=1).fit(*table())]


@pickled("scikit-learn", "one of each kind of classifier")
def _():
    from sklearn import discriminant_analysis, ensemble, gaussian_process, linear_model, naive_bayes, neighbors, neural_network, svm, tree
    kinds = [
        ensemble.AdaBoostClassifier(n_estimators=3), ensemble.BaggingClassifier(n_estimators=3), ensemble.ExtraTreesClassifier(3),
        ensemble.GradientBoostingClassifier(n_estimators=3), ensemble.HistGradientBoostingClassifier(max_iter=3), gaussian_process.GaussianProcessClassifier(),
        neighbors.KNeighborsClassifier(algorithm="kd_tree"), neighbors.KNeighborsClassifier(algorithm="ball_tree"), naive_bayes.GaussianNB(),
        neural_network.MLPClassifier((4,), max_iter=5), tree.DecisionTreeClassifier(), svm.LinearSVC(), linear_model.SGDClassifier(loss="modified_huber"),
        discriminant_analysis.LinearDiscriminantAnalysis(), linear_model.RidgeClassifier(), linear_model.Perceptron(),
        ensemble.VotingClassifier([("a", naive_bayes.GaussianNB()), ("b", tree.DecisionTreeClassifier())]),
        ensemble.StackingClassifier([("a", naive_bayes.GaussianNB())], cv=2),
    ]
    return [kind.fit(*table()) for kind in kinds]


@joblibbed("scikit-learn", "one of each kind of regression and grouping")
def _():
    from sklearn import cluster, cross_decomposition, decomposition, ensemble, gaussian_process, isotonic, kernel_ridge, linear_model, manifold, mixture, neighbors, svm
    kinds = [
        linear_model.LinearRegression(), linear_model.LassoCV(cv=2), linear_model.ElasticNet(), linear_model.HuberRegressor(), linear_model.PoissonRegressor(),
        svm.SVR(), kernel_ridge.KernelRidge(), ensemble.IsolationForest(n_estimators=3), gaussian_process.GaussianProcessRegressor(gaussian_process.kernels.RBF() + gaussian_process.kernels.WhiteKernel()),
        cluster.KMeans(2, n_init=1), cluster.DBSCAN(), cluster.AgglomerativeClustering(), cluster.Birch(), mixture.GaussianMixture(2), decomposition.PCA(2),
        decomposition.TruncatedSVD(2), decomposition.FastICA(2), manifold.TSNE(2, perplexity=5), neighbors.LocalOutlierFactor(novelty=True), neighbors.NearestNeighbors(),
        cross_decomposition.PLSRegression(2),
    ]
    return [kind.fit(*table()) for kind in kinds] + [isotonic.IsotonicRegression().fit(range(9), range(9))]


@joblibbed("scikit-learn", "preparation of data", "scaler.joblib")
def _():
    import numpy as np
    from sklearn import feature_extraction, feature_selection, impute, preprocessing
    kinds = [
        preprocessing.MinMaxScaler(), preprocessing.RobustScaler(), preprocessing.PolynomialFeatures(2), preprocessing.KBinsDiscretizer(3), preprocessing.PowerTransformer(),
        preprocessing.QuantileTransformer(n_quantiles=9), preprocessing.FunctionTransformer(np.log1p), impute.KNNImputer(), feature_selection.SelectKBest(feature_selection.f_classif, k=2),
        feature_selection.VarianceThreshold(),
    ]
    words = [preprocessing.LabelEncoder().fit(["Rome", "Oslo"]), preprocessing.LabelBinarizer().fit(["a", "b", "c"]), preprocessing.OrdinalEncoder().fit([["a"], ["b"]]),
             preprocessing.MultiLabelBinarizer().fit([["a", "b"]]), feature_extraction.DictVectorizer().fit([{"a": 1}]), feature_extraction.text.HashingVectorizer(),
             feature_extraction.text.CountVectorizer(stop_words="english").fit(TEXTS)]
    return [kind.fit(*table()) for kind in kinds] + words


@joblibbed("imbalanced-learn", "a pipeline that samples")
def _():
    from imblearn.ensemble import BalancedRandomForestClassifier
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline
    from sklearn.linear_model import LogisticRegression
    return [make_pipeline(SMOTE(random_state=1), LogisticRegression()).fit(*table()), BalancedRandomForestClassifier(n_estimators=3).fit(*table())]


@pickled("category-encoders", "encoders of words", "encoder.pkl")
def _():
    import category_encoders as ce
    data, bought = frame()
    return [kind(cols=["city"]).fit(data, bought) for kind in (ce.TargetEncoder, ce.OrdinalEncoder, ce.OneHotEncoder, ce.BinaryEncoder, ce.WOEEncoder, ce.CatBoostEncoder)]


@joblibbed("feature-engine", "a pipeline of columns")
def _():
    from feature_engine.encoding import RareLabelEncoder
    from feature_engine.imputation import MeanMedianImputer
    from sklearn.pipeline import make_pipeline
    return make_pipeline(MeanMedianImputer(), RareLabelEncoder(n_categories=2)).fit(*frame())


@pickled("umap-learn", "a projection", "umap.pkl")
def _():
    import umap
    return umap.UMAP(n_neighbors=5, n_epochs=5, random_state=1).fit(table()[0])


@joblibbed("umap-learn", "a projection in joblib", "umap.joblib")
def _():
    import umap
    return umap.UMAP(n_neighbors=5, n_epochs=5, metric="cosine").fit(*table())


@pickled("hdbscan", "groups", "clusterer.pkl")
def _():
    import hdbscan
    return hdbscan.HDBSCAN(min_cluster_size=5, prediction_data=True).fit(table()[0])


@pickled("shap", "explainers", "explainer.pkl")
def _():
    import shap
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    X, y = table()
    tree = shap.TreeExplainer(RandomForestClassifier(n_estimators=3).fit(X, y))
    return [tree, shap.LinearExplainer(LogisticRegression().fit(X, y), X), tree(X[:3])]


@case("skops", "a pipeline", "model.skops")
def _(path):
    import skops.io
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    skops.io.dump(make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=3)).fit(*table()), path)


@pickled("statsmodels", "results of regressions", "results.pkl")
def _():
    import statsmodels.api as sm
    import statsmodels.formula.api as smf
    X, y = table()
    data, bought = frame()
    data["bought"] = bought
    return [sm.OLS(y, sm.add_constant(X)).fit(), sm.GLM(y, X, family=sm.families.Binomial()).fit(), smf.ols("income ~ age + C(city)", data).fit()]


@case("statsmodels", "save of a time series", "arima.pickle")
def _(path):
    from statsmodels.tsa.arima.model import ARIMA
    ARIMA(table()[0][:, 0], order=(1, 0, 0)).fit().save(path)


@pickled("statsmodels", "smoothing")
def _():
    from statsmodels.tsa.holtwinters import ExponentialSmoothing
    return ExponentialSmoothing(table()[0][:, 0] + 9, trend="add").fit()


@pickled("prophet", "a forecast", "prophet.pkl")
def _():
    import pandas as pd
    from prophet import Prophet
    days = pd.date_range("2023-01-01", periods=60)
    return Prophet(yearly_seasonality=False).fit(pd.DataFrame({"ds": days, "y": range(60)}))


@case("prophet", "model_to_json", "prophet.json")
def _(path):
    import pandas as pd
    from prophet import Prophet
    from prophet.serialize import model_to_json
    model = Prophet(yearly_seasonality=False).fit(pd.DataFrame({"ds": pd.date_range("2023-01-01", periods=60), "y": range(60)}))
    with open(path, "w") as out:
        out.write(model_to_json(model))


@joblibbed("mlxtend", "a stack and a selection")
def _():
    from mlxtend.classifier import EnsembleVoteClassifier
    from mlxtend.feature_selection import SequentialFeatureSelector
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB
    return [EnsembleVoteClassifier([LogisticRegression(), GaussianNB()]).fit(*table()), SequentialFeatureSelector(GaussianNB(), 2, cv=2).fit(*table())]


@joblibbed("pyod", "detectors of outliers")
def _():
    from pyod.models.hbos import HBOS
    from pyod.models.iforest import IForest
    from pyod.models.knn import KNN
    return [kind.fit(table()[0]) for kind in (KNN(), IForest(n_estimators=5), HBOS())]


@pickled("hmmlearn", "a hidden Markov model")
def _():
    from hmmlearn.hmm import GaussianHMM
    return GaussianHMM(2, n_iter=3, random_state=1).fit(table()[0])


@pickled("lifelines", "survival")
def _():
    import pandas as pd
    from lifelines import CoxPHFitter, KaplanMeierFitter
    X, y = table()
    data = pd.DataFrame({"age": X[:, 0], "time": abs(X[:, 1]) + 1, "died": y})
    return [CoxPHFitter(penalizer=0.1).fit(data, "time", "died"), KaplanMeierFitter().fit(data["time"], data["died"])]


@joblibbed("optuna", "a study", "study.pkl")
def _():
    import optuna
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study()
    study.optimize(lambda trial: trial.suggest_float("x", -1, 1) ** 2, n_trials=3)
    return study


@pickled("river", "a pipeline that learns on line")
def _():
    from river import linear_model, preprocessing
    model = preprocessing.StandardScaler() | linear_model.LogisticRegression()
    for x, y in zip(*table()):
        model.learn_one(dict(enumerate(x)), bool(y))
    return model


@pickled("networkx", "graphs", "graph.gpickle")
def _():
    import networkx as nx
    return [nx.karate_club_graph(), nx.DiGraph([(1, 2, {"weight": 0.5})]), nx.MultiGraph([(1, 2)])]


@joblibbed("tslearn", "groups of time series")
def _():
    from tslearn.clustering import TimeSeriesKMeans
    return TimeSeriesKMeans(2, max_iter=2, random_state=1).fit(table()[0].reshape(20, 12, 1))


@case("mlflow-skinny", "a folder of scikit-learn", "model")
def _(path):
    import mlflow.sklearn
    from sklearn.linear_model import LogisticRegression
    mlflow.sklearn.save_model(LogisticRegression().fit(*table()), path, pip_requirements=["scikit-learn"])


@case("mlflow-skinny", "a Python function", "model")
def _(path):
    import mlflow.pyfunc
    scope = {"__name__": "__main__", "mlflow": mlflow}
    exec("class AddN(mlflow.pyfunc.PythonModel):\n  def __init__(self, n): self.n = n\n  def predict(self, context, model_input, params=None): return model_input + self.n\n", scope)
    mlflow.pyfunc.save_model(path, python_model=scope["AddN"](5), pip_requirements=["mlflow"])
