#!/usr/bin/env python3
"""Generates the addresses that both geocoders load and the questions they are asked.

    addresses.py ADDRESSES SEED QUESTIONS FOLDER

Towns with streets of made-up names, some of which nearly every town has. `addresses.tsv` is for the engine's
geocoder, `addok.ndjson` for Addok: a document a street, with its house numbers and the id of each.
`questions.tsv` holds kind, line of text, street, number, postcode, city and the id of the right answer, -1 where
the address does not exist.
"""

import json
import random
import string
import sys
from pathlib import Path

SYLLABLES = (
    "al ber dam eik veld hof gra hei ijs jan kers lin mo noord oos pop rie schaap ten uit vaar wil zand bos duin ker "
    "mark nas oran peter rijn sluis tuin vliet wei zee"
).split()
KINDS = "straat straat straat weg laan plein hof gracht kade steeg dijk pad".split()
COMMON = (
    "Kerkstraat Dorpsstraat Molenweg Schoolstraat Stationsweg Nieuwstraat Julianalaan Wilhelminastraat "
    "Beatrixstraat Hoofdstraat"
).split()
ENDINGS = ["dam", "burg", "dorp", "stad", ""]
ADDITIONS = ["", "", "", "", "", "", "A", "B", "C"]
TOWN, STREET = 4_000, 24
# How many in a hundred of the mix are of each kind.
MIX = {"postcode": 40, "no_postcode": 20, "typo": 20, "addition": 10, "absent": 10}


def name(dice, ending):
    return "".join(dice.choices(SYLLABLES, k=dice.randint(2, 3))).capitalize() + ending


def streets(dice, count):
    """Street, postcode, town and the numbers of the doors, until there are `count` doors."""
    towns, doors, postcode = set(), 0, 0
    letters = string.ascii_uppercase
    while doors < count:
        town = name(dice, dice.choice(ENDINGS))
        if town in towns:
            continue
        towns.add(town)
        lng, lat = dice.uniform(3.4, 7.1), dice.uniform(50.8, 53.4)
        wanted, known = min(dice.randint(TOWN // 4, TOWN * 2), count - doors), set()
        while wanted > 0:
            street = dice.choice(COMMON) if dice.random() < 1 / 12 else name(dice, dice.choice(KINDS))
            if street in known:
                continue
            known.add(street)
            many = min(dice.randint(4, STREET * 2), wanted)
            numbers = [f"{2 * n + 1}{dice.choice(ADDITIONS)}" for n in range(many)]
            code = f"{1000 + postcode // 676 % 9000}{letters[postcode // 26 % 26]}{letters[postcode % 26]}"
            postcode, wanted, doors = postcode + 1, wanted - many, doors + many
            place = (lng + dice.uniform(-0.03, 0.03), lat + dice.uniform(-0.02, 0.02))
            yield street, code, town, numbers, place


def typo(dice, text):
    """Two letters swapped, one left out or one too many; never the first."""
    at = dice.randrange(1, len(text) - 1)
    kind = dice.randrange(3)
    if kind == 0 and text[at] != text[at + 1]:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :] if kind == 1 else text[:at] + "e" + text[at:]


def question(dice, kind, door):
    key, street, number, code, town = door
    if kind == "no_postcode":
        code = ""
    elif kind == "typo":
        street, code = typo(dice, street), code if dice.random() < 0.5 else ""
    elif kind == "addition":
        number = f"{number}-k7"
    elif kind == "absent":
        key, street, code = -1, name(dice, "singel"), ""
    line = f"{street} {number}, {f'{code} {town}'.strip()}"
    return [kind, line, street, number, code, town, str(key)]


def main():
    count, seed, asked, folder = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    folder.mkdir(parents=True, exist_ok=True)
    dice, doors = random.Random(seed), []
    with (folder / "addresses.tsv").open("w") as ours, (folder / "addok.ndjson").open("w") as theirs:
        towns = {}
        for at, (street, code, town, numbers, (lng, lat)) in enumerate(streets(dice, count)):
            towns.setdefault(town, (lng, lat))
            held = {}
            for number in numbers:
                key, x = len(doors), round(lng + len(held) * 1e-4, 7)
                doors.append((key, street, number, code, town))
                held[number] = {"id": key, "lat": lat, "lon": x}
                ours.write(f"{key}\t{street}\t{number}\t{code}\t{town}\t{round(x * 1e7)}\t{round(lat * 1e7)}\n")
            document = {"_id": f"s{at}", "id": f"s{at}", "type": "street", "name": street, "postcode": code}
            document |= {"city": town, "lat": lat, "lon": lng, "importance": 0.3, "housenumbers": held}
            theirs.write(json.dumps(document) + "\n")
        for at, (town, (lng, lat)) in enumerate(towns.items()):
            document = {"_id": f"t{at}", "id": f"t{at}", "type": "municipality", "name": town, "city": town}
            theirs.write(json.dumps(document | {"lat": lat, "lon": lng, "importance": 0.6}) + "\n")
    with (folder / "questions.tsv").open("w") as out:
        for kind in MIX:
            for _ in range(asked):
                out.write("\t".join(question(dice, kind, dice.choice(doors))) + "\n")
        mix = [kind for kind, share in MIX.items() for _ in range(share)]
        for _ in range(asked * len(MIX)):
            row = question(dice, dice.choice(mix), dice.choice(doors))
            out.write("\t".join(["mix", *row[1:]]) + "\n")
    print(f"{len(doors)} addresses in {len(towns)} towns, seed {seed}, {asked} questions of each kind, in {folder}")


if __name__ == "__main__":
    main()
