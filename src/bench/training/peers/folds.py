"""The training benchmark's folds, the same for every contestant: scikit-learn's GroupKFold by story.
`python folds.py ROWS COUNT` prints, for each fold, the positions of the rows that it holds out."""
import json
import sys

from sklearn.model_selection import GroupKFold


def main(path, count):
    with open(path, encoding="utf-8") as file:
        stories = [json.loads(line)["story"] for line in file]
    folds = GroupKFold(int(count)).split(stories, groups=stories)
    print(json.dumps([held_out.tolist() for _, held_out in folds]))


main(*sys.argv[1:])
