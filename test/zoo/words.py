"""Languages."""

from cases import TEXTS, TOPICS, case, pickled


def sentences():
    return [text.split() for text in TEXTS]


def _saved(name, file, make):
    @case("gensim", name, file)
    def _(path):
        make().save(path)


def word2vec():
    from gensim.models import Word2Vec
    return Word2Vec(sentences(), vector_size=8, min_count=1, epochs=2)


def fasttext():
    from gensim.models import FastText
    return FastText(sentences(), vector_size=8, min_count=1, epochs=2, bucket=50)


def doc2vec():
    from gensim.models.doc2vec import Doc2Vec, TaggedDocument
    return Doc2Vec([TaggedDocument(words, [number]) for number, words in enumerate(sentences())], vector_size=8, min_count=1, epochs=2)


def corpus():
    from gensim.corpora import Dictionary
    dictionary = Dictionary(sentences())
    return dictionary, [dictionary.doc2bow(words) for words in sentences()]


def lda():
    from gensim.models import LdaModel
    dictionary, bags = corpus()
    return LdaModel(bags, num_topics=2, id2word=dictionary)


def tfidf():
    from gensim.models import TfidfModel
    return TfidfModel(corpus()[1])


def phrases():
    from gensim.models.phrases import Phrases
    return Phrases(sentences(), min_count=1)


_saved("Word2Vec", "word2vec.model", word2vec)
_saved("vectors of words", "vectors.kv", lambda: word2vec().wv)
_saved("FastText", "fasttext.model", fasttext)
_saved("Doc2Vec", "doc2vec.model", doc2vec)
_saved("LDA", "lda.model", lda)
_saved("TF-IDF", "tfidf.model", tfidf)
_saved("phrases", "phrases.pkl", phrases)
_saved("a dictionary", "dictionary.dict", lambda: corpus()[0])


@case("gensim", "save_word2vec_format", "vectors.bin")
def _(path):
    word2vec().wv.save_word2vec_format(path, binary=True)


@pickled("nltk", "a classifier", "classifier.pickle")
def _():
    import nltk
    return nltk.NaiveBayesClassifier.train([({word: True for word in text.split()}, topic) for text, topic in zip(TEXTS, TOPICS)])


@pickled("nltk", "a tagger", "tagger.pickle")
def _():
    from nltk.tag import BigramTagger, DefaultTagger, UnigramTagger
    tagged = [[("the", "DT"), ("cat", "NN"), ("sat", "VB")]] * 5
    return BigramTagger(tagged, backoff=UnigramTagger(tagged, backoff=DefaultTagger("NN")))


@pickled("nltk", "a splitter of sentences", "punkt.pickle")
def _():
    from nltk.tokenize.punkt import PunktSentenceTokenizer
    return PunktSentenceTokenizer(". ".join(TEXTS) + " Dr. Smith came. Mr. Jones left.")


@pickled("nltk", "a model of language", "language.pickle")
def _():
    from nltk.lm import Laplace
    from nltk.lm.preprocessing import padded_everygram_pipeline
    model = Laplace(2)
    model.fit(*padded_everygram_pipeline(2, sentences()))
    return model


@pickled("nltk", "frequencies and grammars", "counts.pickle")
def _():
    import nltk
    words = [word for text in TEXTS for word in text.split()]
    return [nltk.FreqDist(words), nltk.ConditionalFreqDist(nltk.bigrams(words)), nltk.CFG.fromstring("S -> 'a' S | 'b'"), nltk.Tree.fromstring("(S (NP a) (VP b))"), nltk.PorterStemmer()]


@case("spacy", "a pipeline on the disk", "pipeline")
def _(path):
    import spacy
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("textcat").add_label("a")
    nlp.get_pipe("textcat").add_label("b")
    nlp.initialize()
    nlp.to_disk(path)


@pickled("spacy", "a pipeline that was pickled", "nlp.pkl")
def _():
    import spacy
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "CITY", "pattern": "Rome"}])
    return nlp


@case("spacy", "documents", "corpus.spacy")
def _(path):
    import spacy
    from spacy.tokens import DocBin
    DocBin(docs=[spacy.blank("en")(text) for text in TEXTS]).to_disk(path)


@case("sentencepiece", "a tokenizer", "tokenizer.model")
def _(path):
    import sentencepiece
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(TEXTS), model_prefix=path[: -len(".model")], vocab_size=40, minloglevel=2)


@case("tokenizers", "a tokenizer", "tokenizer.json")
def _(path):
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(TEXTS, trainers.BpeTrainer(vocab_size=60, special_tokens=["[UNK]", "[PAD]"]))
    tokenizer.save(path)


@pickled("tokenizers", "a tokenizer that was pickled", "tokenizer.pkl")
def _():
    from tokenizers import Tokenizer, models
    return Tokenizer(models.WordLevel({"a": 0, "b": 1}, unk_token="a"))
