"""Boosted trees."""

from cases import case, frame, joblibbed, pickled, table


@pickled("xgboost", "a classifier")
def _():
    from xgboost import XGBClassifier
    return XGBClassifier(n_estimators=3, max_depth=2).fit(*table())


@joblibbed("xgboost", "a pipeline")
def _():
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from xgboost import XGBRegressor
    return make_pipeline(StandardScaler(), XGBRegressor(n_estimators=3)).fit(*table())


@case("xgboost", "save_model as JSON", "model.json")
def _(path):
    from xgboost import XGBClassifier
    XGBClassifier(n_estimators=3, max_depth=2).fit(*table()).save_model(path)


@case("xgboost", "save_model as UBJSON", "model.ubj")
def _(path):
    import xgboost
    X, y = table()
    xgboost.train({"max_depth": 2}, xgboost.DMatrix(X, y), 3).save_model(path)


@pickled("xgboost", "a booster", "booster.pkl")
def _():
    import xgboost
    X, y = table()
    return xgboost.train({"max_depth": 2, "objective": "binary:logistic"}, xgboost.DMatrix(X, y, feature_names=list("abcd")), 3)


@pickled("lightgbm", "a classifier")
def _():
    from lightgbm import LGBMClassifier
    return LGBMClassifier(n_estimators=3, num_leaves=4).fit(*table())


@joblibbed("lightgbm", "a regression over a table")
def _():
    from lightgbm import LGBMRegressor
    data, bought = frame()
    data["city"] = data["city"].astype("category")
    return LGBMRegressor(n_estimators=3).fit(data, bought)


@case("lightgbm", "save_model", "model.txt")
def _(path):
    import lightgbm
    lightgbm.train({"objective": "binary", "num_leaves": 4, "verbose": -1}, lightgbm.Dataset(*table()), 3).save_model(path)


@pickled("lightgbm", "a booster", "booster.pkl")
def _():
    import lightgbm
    return lightgbm.train({"objective": "binary", "num_leaves": 4, "verbose": -1}, lightgbm.Dataset(*table()), 3)


@pickled("catboost", "a classifier")
def _():
    from catboost import CatBoostClassifier
    return CatBoostClassifier(iterations=3, verbose=False, allow_writing_files=False).fit(*frame(), cat_features=["city"])


@joblibbed("catboost", "a regression")
def _():
    from catboost import CatBoostRegressor
    return CatBoostRegressor(iterations=3, verbose=False, allow_writing_files=False).fit(*table())


def _saved(format, ending):
    @case("catboost", f"save_model as {format}", f"model.{ending}")
    def _(path):
        from catboost import CatBoostClassifier
        CatBoostClassifier(iterations=3, verbose=False, allow_writing_files=False).fit(*table()).save_model(path, format=format)


for _format in ("cbm", "json", "onnx"):
    _saved(_format, _format)
