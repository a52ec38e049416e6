# What Addok leaves to its user: which word is the house number, and how an answer is written. By default only a number
# at the very beginning is taken for one; here it follows the street, with a letter or without.

import re

NUMBER = re.compile(r"^[0-9]{1,4}[a-z]?$")


def flag_house_number(tokens):
    for token in tokens:
        if not token.is_first and NUMBER.match(token):
            token.kind = "housenumber"
        yield token


def number_after_street(helper, result):
    """Answers are scored by how alike a label and the question are, so labels are written as here: with postcode and
    without."""
    if result.housenumber:
        door = f"{result.name} {result.housenumber}"
        result.labels = [f"{door} {result.postcode} {result.city}", f"{door} {result.city}"]
