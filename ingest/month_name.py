"""Names of months in languages of Indian states, read as the English ones that the formats of times know.

Who may import it: ingest only.
Source: Unicode CLDR, months written out, with the other spellings that are common in print. Shortened names stand for
other words too often; a mapping declares them by `map`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from ingest.check import by_unique

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENGLISH: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
#: By language, January to December; spellings of one month are parted by a stroke.
NAMES: Final[Mapping[str, str]] = {
    "bn": "জানুয়ারি|জানুয়ারী ফেব্রুয়ারি|ফেব্রুয়ারী মার্চ এপ্রিল মে জুন জুলাই আগস্ট|আগষ্ট|অগস্ট সেপ্টেম্বর অক্টোবর নভেম্বর ডিসেম্বর",
    "gu": "જાન્યુઆરી ફેબ્રુઆરી માર્ચ એપ્રિલ મે જૂન જુલાઈ ઑગસ્ટ|ઓગસ્ટ સપ્ટેમ્બર ઑક્ટોબર|ઓક્ટોબર નવેમ્બર ડિસેમ્બર",
    "hi": "जनवरी फ़रवरी|फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर|सितम्बर अक्टूबर|अक्तूबर नवंबर|नवम्बर दिसंबर|दिसम्बर",
    "kn": "ಜನವರಿ ಫೆಬ್ರವರಿ|ಫೆಬ್ರುವರಿ ಮಾರ್ಚ್ ಏಪ್ರಿಲ್ ಮೇ ಜೂನ್ ಜುಲೈ ಆಗಸ್ಟ್ ಸೆಪ್ಟೆಂಬರ್ ಅಕ್ಟೋಬರ್ ನವೆಂಬರ್ ಡಿಸೆಂಬರ್",
    "ml": "ജനുവരി ഫെബ്രുവരി മാർച്ച് ഏപ്രിൽ മേയ്|മെയ് ജൂൺ ജൂലൈ|ജൂലായ് ഓഗസ്റ്റ്|ആഗസ്റ്റ്|ആഗസ്ത് സെപ്റ്റംബർ|സെപ്തംബർ ഒക്ടോബർ നവംബർ ഡിസംബർ",
    "mr": "जानेवारी फेब्रुवारी मार्च एप्रिल मे जून जुलै ऑगस्ट सप्टेंबर ऑक्टोबर नोव्हेंबर डिसेंबर",
    "or": "ଜାନୁଆରୀ ଫେବୃଆରୀ|ଫେବ୍ରୁଆରୀ ମାର୍ଚ୍ଚ ଅପ୍ରେଲ ମଇ ଜୁନ ଜୁଲାଇ ଅଗଷ୍ଟ ସେପ୍ଟେମ୍ବର ଅକ୍ଟୋବର ନଭେମ୍ବର ଡିସେମ୍ବର",
    "pa": "ਜਨਵਰੀ ਫ਼ਰਵਰੀ|ਫਰਵਰੀ ਮਾਰਚ ਅਪ੍ਰੈਲ ਮਈ ਜੂਨ ਜੁਲਾਈ ਅਗਸਤ ਸਤੰਬਰ ਅਕਤੂਬਰ ਨਵੰਬਰ ਦਸੰਬਰ",
    "ta": "ஜனவரி பிப்ரவரி மார்ச் ஏப்ரல் மே ஜூன் ஜூலை ஆகஸ்ட்|ஆகஸ்டு செப்டம்பர் அக்டோபர் நவம்பர் டிசம்பர்",
    "te": "జనవరి ఫిబ్రవరి మార్చి ఏప్రిల్ మే జూన్ జూలై|జులై ఆగస్టు|ఆగష్టు సెప్టెంబర్ అక్టోబర్ నవంబర్ డిసెంబర్",
}
#: Chillus of Malayalam as they were written before they had letters of their own.
_CHILLUS: Final = {
    "ണ്\u200d": "ൺ",
    "ന്\u200d": "ൻ",
    "ര്\u200d": "ർ",
    "ല്\u200d": "ൽ",
    "ള്\u200d": "ൾ",
}
#: Letters and signs of these languages: a name that stands in another word is none.
_LETTER: Final = "[\u0900-\u0d7f]"


def _written(text: str) -> str:
    """A text as all who type it are taken to have written it."""
    for old, letter in _CHILLUS.items():
        text = text.replace(old, letter)
    return unicodedata.normalize("NFC", text.replace("\u200c", "").replace("\u200d", ""))


_BY_NAME: Final = {
    _written(name): english
    for names in NAMES.values()
    for month, english in zip(names.split(), _ENGLISH, strict=True)
    for name in month.split("|")
}
_NAME: Final = re.compile(
    rf"(?<!{_LETTER})(?:{'|'.join(sorted(_BY_NAME, key=len, reverse=True))})(?!{_LETTER})",
)


def with_english_months(text: pa.Array) -> pa.Array:
    """Texts with English names of months instead of those of other languages. Shape: strings; null stays null."""
    if pc.all(pc.string_is_ascii(text)).as_py() in {True, None}:
        return text
    return by_unique(text, lambda word: word if word.isascii() else _NAME.sub(_english, _written(word)))


def _english(name: re.Match[str]) -> str:
    return _BY_NAME[name[0]]
