"""**Rules** that need no training: keep every line, and C4's rule for lines.

Usage: rules.py TEST RESULTS
"""

import sys
from pathlib import Path

from pages import read_lines
from results import Cost, write_result

# The line filters of C4 (Raffel et al. 2020, section 2.2), details as in clean_page of TensorFlow
# Datasets' c4_utils.py. Editions of the paper ask for 3 or for 5 words: 3 here, which drops fewer
# headings. Its filters for whole pages are left out: they keep or drop a page.
C4_LEAST_WORDS = 3
C4_MOST_CHARACTERS_OF_A_WORD = 1000
C4_END_MARKS = (".", "?", "!", '"')
C4_POLICIES = (
    "terms of use",
    "privacy policy",
    "cookie policy",
    "uses cookies",
    "use of cookies",
    "use cookies",
)


def c4_keeps(text: str) -> bool:
    """Whether C4 keeps a line: enough words, ends like a sentence, no script and no policy."""
    words, lower = text.split(), text.lower()
    return (
        len(words) >= C4_LEAST_WORDS
        and max(map(len, words)) <= C4_MOST_CHARACTERS_OF_A_WORD
        and text.endswith(C4_END_MARKS)
        and not text.endswith("...")
        and "javascript" not in lower
        and not any(policy in lower for policy in C4_POLICIES)
    )


def main() -> None:
    test, results = map(Path, sys.argv[1:])
    lines = read_lines(test)
    for tool, keeps in (("keep all", lambda text: True), ("C4's line rule", c4_keeps)):
        predicted = [keeps(line.text) for line in lines]
        probabilities = list(map(float, predicted))
        write_result(results, Cost(tool, ranks=False), lines, probabilities, predicted)


if __name__ == "__main__":
    main()
