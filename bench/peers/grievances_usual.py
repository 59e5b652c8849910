"""The whole job the usual way: pandas + SQLAlchemy + scikit-learn + datasets.

usage: grievances_usual.py DATABASE_URL OUTPUT_FOLDER
"""

import pathlib
import re
import sys

import pandas
import sqlalchemy
from datasets import ClassLabel, Dataset, Features, Value
from sklearn.model_selection import train_test_split

from grievances_steps import CORRECT, LABELS, MISTAKES, PATTERNS


def clean(text):
    for pattern, replacement in PATTERNS:
        text = re.sub(pattern, replacement, text)
    return text.strip()


def publish(engine, column, names, folder):
    wrong = pandas.read_sql(sqlalchemy.text(MISTAKES.format(column)), engine)
    right = pandas.read_sql(sqlalchemy.text(CORRECT.format(column)), engine).dropna(subset=["class"])
    right = right.sample(n=int(len(wrong) * 0.5), random_state=42)
    rows = pandas.concat([wrong, right], ignore_index=True)
    rows["grievance"] = rows["grievance"].map(clean)
    rows["label"] = rows["class"].map({name: number for number, name in enumerate(names)})
    rows = rows[["grievance", "label"]]
    train, rest = train_test_split(rows, test_size=0.2, stratify=rows["label"], random_state=42)
    evaluation, test = train_test_split(rest, test_size=0.5, stratify=rest["label"], random_state=42)
    features = Features({"grievance": Value("string"), "label": ClassLabel(names=names)})
    folder.mkdir(parents=True, exist_ok=True)
    for split, part in (("train", train), ("eval", evaluation), ("test", test)):
        dataset = Dataset.from_pandas(part, features=features, preserve_index=False)
        dataset.to_parquet(folder / f"{split}-00000-of-00001.parquet")


def main():
    engine = sqlalchemy.create_engine(sys.argv[1].replace("postgresql://", "postgresql+psycopg2://"))
    for column, names in LABELS.items():
        publish(engine, column, names, pathlib.Path(sys.argv[2]) / column / "data")


main()
