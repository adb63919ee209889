"""The quality screen: named rules that refuse an article or only mark it.

Every rule that applies is reported, not only the first. A refused article is quarantined whole; a flag is a column.
Thresholds stand in `CleanSettings`.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Final

import polars as pl

from dedup.cleaning.measures import measured
from dedup.settings import CleanSettings


class QualityRule(StrEnum):
    """What is wrong with an article. Up to `ENCODING` the rules refuse, after it they mark."""

    EMPTY = "empty"  # no text was delivered, or nothing but blanks
    NO_TITLE = "no-title"
    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    FURNITURE_ONLY = "furniture-only"  # cleaning leaves less than an article of a page full of furniture
    ERROR_PAGE = "error-page"
    NOT_THAI = "not-thai"
    REPETITIVE = "repetitive"
    ENCODING = "encoding"  # damage that could not be repaired
    SHORT = "short"
    LOW_THAI = "low-thai"
    BAD_URL = "bad-url"  # none, or no http(s) address of a host
    DOUBLED = "doubled"  # about half of the text repeats the other half
    STUB = "stub"  # a few words around a gallery, a clip or a live stream
    GAMBLING = "gambling"  # a review queue, no verdict
    ADULT = "adult"  # a review queue, no verdict


REFUSING: Final = frozenset(list(QualityRule)[: list(QualityRule).index(QualityRule.ENCODING) + 1])

DOUBLED_SHARE: Final = 0.40
"""A text delivered twice in one body has 0.5; of 11,700 articles of press releases 99 % stay below 0.33."""
MIN_SPAM_WORDS: Final = 3
"""Sales talk of gambling or sex sites; news about them uses a word or two."""
MAX_ERROR_CHARS: Final = 1_000
"""A longer page with an error title is an article about errors."""

_ERROR: Final = (
    r"(?i)^\W*(?:(?:error\s*)?(?:400|401|403|404|410|429|500|502|503|504)(?-u:\b).{0,60}"
    r"|(?:(?:page|file|article) )?not found|access denied|forbidden"
    r"|just a moment\W*|attention required.{0,30}|are you (?:a )?(?:human|robot).{0,20}"
    r"|bad gateway|service unavailable|(?:internal )?server error|site (?:is )?under maintenance"
    r"|(?:ขออภัย\s*)?ไม่พบ(?:หน้า|ข้อมูล|เนื้อหา|ข่าว|บทความ)(?:ที่|นี้|เว็บ|ข่าว)?.{0,40}|(?:ขออภัย\s*)?เกิดข้อผิดพลาด.{0,40}"
    r"|(?:เว็บไซต์|ระบบ)?(?:กำลัง)?(?:ปิด)?ปรับปรุง(?:ระบบ|เว็บไซต์)?(?:ชั่วคราว)?)\W*(?:[|–-].{0,60})?$"
)
_GAMBLING: Final = (
    r"เครดิตฟรี|ฝากถอน(?:ไม่มีขั้นต่ำ|ออโต้|อัตโนมัติ)|เว็บตรง|ไม่ผ่านเอเย่นต์|สล็อตแตก|แตกง่าย|ทดลองเล่น(?:สล็อต|ฟรี)|เล่นผ่านมือถือ"
    r"|ทางเข้าเล่น|แทงบอลออนไลน์|บาคาร่าออนไลน์|คาสิโนสด|หวยออนไลน์"
    r"|(?i-u:ufabet|pg ?slot|joker ?123|sagame|sa gaming|ambbet|betflik|sbobet)"
)
_ADULT: Final = (
    r"หนังโป๊|หนังเอ็กซ์|หนังเอวี|หนัง\s?(?i-u:r)18|ดูหนัง(?i-u:x)|คลิปโป๊|คลิปเสียว|ไซด์ไลน์|รับงาน(?i-u:n)|นัดเย"
    r"|(?i-u:\b(?:porn|xxx)\b|javhd)"
)
_THAI_SALES: Final = (
    "เครดิตฟรี", "ฝากถอน", "เว็บตรง", "ไม่ผ่านเอเย่นต์", "สล็อต", "แตกง่าย", "ทดลองเล่น", "เล่นผ่านมือถือ", "ทางเข้าเล่น",
    "แทงบอล", "บาคาร่า", "คาสิโนสด", "หวยออน", "โป๊", "หนังเอ", "ดูหนัง", "คลิปเสียว", "ไซด์ไลน์", "รับงาน", "นัดเย",
)  # fmt: skip
_LATIN_SALES: Final = r"(?i-u:ufa|pg ?slot|joker|sa ?gam|ambbet|betflik|sbobet|r18|porn|xxx|javhd)"
"""Sales talk has one of these: to look for them one by one takes half as long as to look for all of it at once."""
_STUB: Final = (
    r"(?i)^\W*(?:ประมวลภาพ|ชมภาพ|ภาพชุด|อัลบั้มภาพ|(?:ชม|ดู)?(?:คลิป|วิดีโอ)|(?:ชม|ดู)สด|ไลฟ์สด|ถ่ายทอดสด|live(?-u:\b)|gallery)"
)
_HASHTAG: Final = r"#[^\s#]+"
_URL: Final = r"(?i)^https?://[^\s/?#@]+\.[^\s/?#@]+"


def screen(articles: pl.DataFrame, settings: CleanSettings) -> pl.DataFrame:
    """The articles with reject_reasons (List[String], empty for a good one), and the flags of the screen after theirs.

    `articles` has title, body, url (nullable strings), letters and left_letters (of the page, and what cleaning leaves
    of them), damage_share (0 to 1), flags (List[String]). Both lists follow the order of `QualityRule`. No row is
    dropped.
    """
    sized = _measured(articles)
    rules = _rules(settings)
    refused = [_named(rule, expression) for rule, expression in rules.items() if rule in REFUSING]
    marked = [_named(rule, expression) for rule, expression in rules.items() if rule not in REFUSING]
    return sized.with_columns(
        reject_reasons=pl.concat_list(refused).list.drop_nulls(),
        flags=pl.concat_list("flags", pl.concat_list(marked).list.drop_nulls()),
    ).select(*articles.columns, "reject_reasons")


def _measured(articles: pl.DataFrame) -> pl.DataFrame:
    """Adds what the rules look at: text_chars (hashtags not counted), n_thai (letters), thai_share (of the letters),
    repeated_share, and n_gambling and n_adult (words of sales talk)."""
    body = articles["body"].fill_null("")
    found = measured(body)
    text = pl.col("body")
    marks = (text.str.contains(word, literal=True) for word in _THAI_SALES)
    may_sell = reduce(or_, marks, text.str.contains(_LATIN_SALES))
    suspects = body.to_frame("body").select(may_sell).to_series().arg_true()  # 1 of 50: one look, not two counts
    counts = {"n_gambling": _GAMBLING, "n_adult": _ADULT}
    tagged = body.str.contains("#", literal=True).arg_true()
    untagged = body.clone().scatter(tagged, body.gather(tagged).str.replace_all(_HASHTAG, ""))
    none = pl.zeros(len(body), pl.UInt32, eager=True)
    return articles.with_columns(
        untagged.str.strip_chars().str.len_chars().alias("text_chars"),
        found["n_thai"],
        (found["n_thai"] / found["n_letters"]).fill_nan(None).alias("thai_share"),
        found["repeated_share"],
        *(
            none.clone().scatter(suspects, body.gather(suspects).str.count_matches(rule)).alias(name)
            for name, rule in counts.items()
        ),
    )


def _rules(settings: CleanSettings) -> Mapping[QualityRule, pl.Expr]:
    """When each rule applies, in the order of `QualityRule`."""
    body, title, chars = pl.col("body").fill_null(""), pl.col("title").fill_null(""), pl.col("text_chars")
    little_left = pl.col("left_letters") <= (1 - settings.max_removed_share) * pl.col("letters")
    is_error = title.str.contains(_ERROR) | body.str.head(200).str.contains(_ERROR)
    # A release in two languages is Thai where its Thai half is an article by itself; under a Thai headline that may
    # be a brief that quotes a letter.
    has_thai_title = title.str.count_matches(r"\p{Thai}") > title.str.count_matches("[A-Za-z]")
    n_enough = pl.when(has_thai_title).then(settings.min_body_chars).otherwise(settings.short_body_chars)
    is_not_thai = (pl.col("thai_share") < settings.min_thai_share) & (pl.col("n_thai") < n_enough)
    rules = {
        QualityRule.EMPTY: pl.col("letters") == 0,
        QualityRule.NO_TITLE: title.str.strip_chars().str.len_chars() < settings.min_title_chars,
        QualityRule.TOO_SHORT: chars < settings.min_body_chars,
        QualityRule.TOO_LONG: chars > settings.max_body_chars,
        QualityRule.FURNITURE_ONLY: (pl.col("left_letters") < settings.min_body_chars)
        & little_left
        & (pl.col("letters") > 0),
        QualityRule.ERROR_PAGE: is_error & (chars < MAX_ERROR_CHARS),
        QualityRule.NOT_THAI: is_not_thai,
        QualityRule.REPETITIVE: pl.col("repeated_share") > settings.max_repeated_share,
        QualityRule.ENCODING: pl.col("damage_share") > settings.max_damage_share,
        QualityRule.SHORT: chars.is_between(settings.min_body_chars, settings.short_body_chars, closed="left"),
        QualityRule.LOW_THAI: (pl.col("thai_share") < settings.low_thai_share) & ~is_not_thai,
        QualityRule.BAD_URL: ~pl.col("url").fill_null("").str.contains(_URL),
        QualityRule.DOUBLED: pl.col("repeated_share").is_between(DOUBLED_SHARE, settings.max_repeated_share),
        QualityRule.STUB: title.str.contains(_STUB) & (chars < settings.short_body_chars),
        QualityRule.GAMBLING: pl.col("n_gambling") >= MIN_SPAM_WORDS,
        QualityRule.ADULT: pl.col("n_adult") >= MIN_SPAM_WORDS,
    }
    assert list(rules) == list(QualityRule), "every rule is decided, in order"
    return rules


def _named(rule: QualityRule, applies: pl.Expr) -> pl.Expr:
    return pl.when(applies).then(pl.lit(rule.value))
