from pathlib import Path

import pytest

from dispatch.triage import RulesError, TriageRules, load_rules

SERVICES = '[[category]]\ncode = "a.b"\nkeywords = ["灯"]\nexamples = ["灯坏了"]\n'
EMERGENCIES = 'negations = []\n[[emergency]]\nkind = "fire"\nphrases = ["着火"]\n'


def write(folder: Path, services: str, emergencies: str) -> tuple[Path, Path]:
    paths = folder / "services.toml", folder / "emergencies.toml"
    paths[0].write_text(services, encoding="utf-8")
    paths[1].write_text(emergencies, encoding="utf-8")
    return paths


def test_both_files_become_rules(tmp_path: Path) -> None:
    rules = load_rules(*write(tmp_path, SERVICES, EMERGENCIES))
    assert rules.codes == ("a.b",)
    assert rules.keywords == {"a.b": ("灯",)}
    assert rules.emergencies[0].phrases == ("着火",)


@pytest.mark.parametrize(
    ("services", "emergencies", "said"),
    [
        ("", EMERGENCIES, "no category"),
        (SERVICES * 2, EMERGENCIES, "category 2: code 'a.b' is taken"),
        (SERVICES.replace("a.b", "none"), EMERGENCIES, "is taken"),
        (SERVICES.replace('code = "a.b"', ""), EMERGENCIES, "code is missing"),
        (SERVICES.replace('["灯"]', '"灯"'), EMERGENCIES, "keywords must be a list"),
        (SERVICES, EMERGENCIES + 'patterns = ["("]', "patterns: '('"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, services: str, emergencies: str, said: str) -> None:
    with pytest.raises(RulesError) as caught:
        load_rules(*write(tmp_path, services, emergencies))
    assert said in str(caught.value)


def test_each_category_of_the_catalogue_has_words_and_examples(rules: TriageRules) -> None:
    assert len(rules.codes) == 38
    for code in rules.codes:
        chinese = [text for text in rules.examples[code] if not text.isascii()]
        assert len(chinese) >= 6, code
        assert len(rules.examples[code]) - len(chinese) >= 2, code
        assert len(rules.keywords[code]) >= 20, code
