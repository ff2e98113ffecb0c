"""What a reader asked for, as every part of a page needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard import language
from dashboard.address import area_path, segment
from dashboard.views.scope import read_scope

if TYPE_CHECKING:
    from datetime import datetime

    from dashboard.address import Address
    from dashboard.services import Services
    from dashboard.views.scope import Scope


@dataclass(frozen=True, slots=True)
class Asked:
    """One request.

    Attributes:
        services: value copy, engine, reference data.
        address: of the page.
        scope: department and period.
        lang: working language.
        second: language of echoes; "" = there are none, None = the state's other one.
    """

    services: Services
    address: Address
    scope: Scope
    lang: str
    second: str | None = None

    @classmethod
    def of(cls, services: Services, address: Address) -> Asked:
        """What an address asks for; wrong language, department or period count as not asked for."""
        wanted = address.get("lang")
        lang = wanted if wanted in services.languages else services.config.state.language
        return cls(services, address, read_scope(services, address), lang)

    @property
    def now(self) -> datetime:
        """The engine's present instant."""
        return self.services.values.now()

    @property
    def other(self) -> str:
        """The language of echoes; "" where nothing has any."""
        state = self.services.config.state
        usual = state.second_language if self.lang == state.language else state.language
        return usual if self.second is None else self.second

    def text(self, key: str, **params: object) -> str:
        """A text of the language files in the working language."""
        return language.text(key, self.lang, **params)

    def reason(self, code: str) -> str:
        """Why a row was refused, in words; the code itself for a reason without words here."""
        return self.text(f"reason.{code}") if f"reason.{code}" in language.texts(language.ENGLISH) else code

    def step(self, name: str) -> str:
        """A step of a case in the working language; as its source calls it where there are no words for it."""
        key = f"step_name.{name}"
        return self.text(key) if key in language.texts(language.ENGLISH) else name.replace("_", " ")

    def chosen(self, name_en: str, name_local: str) -> str:
        """A name in the working language; in English where it has none there."""
        return self.name_in(self.lang, name_en, name_local)

    def name_in(self, lang: str, name_en: str, name_local: str) -> str:
        """A name in a language; in English where it has none there."""
        own = self.services.reference.hindi_names.get(name_local) if lang == language.HINDI else None
        return own or language.chosen(name_en, name_local, lang)

    def echo(self, name_en: str, name_local: str) -> str:
        """A name in the language of echoes; "" where it is the one that stands already."""
        other = self.name_in(self.other, name_en, name_local) if self.other else ""
        return "" if other == self.chosen(name_en, name_local) else other

    def area_href(self, code: str, **query: str) -> str:
        """Address of a place's page. Args: code: of it. **query: further query keys."""
        return self.address.to(area_path(self.services.reference, code), **query).href

    def list_href(self, view: str, at: str, *, svc: str = "", office: str = "", post: str = "") -> str:
        """Address of the list of cases of a kind at a place; the page's own service unless another one is named."""
        only = {"svc": svc} if svc else {}
        return self.address.to("/breaches", view=view, at=at, office=office, post=post, **only).href

    def application_href(self, case_id: str) -> str:
        """Address of an application's page."""
        return self.address.to(f"/application/{segment(case_id)}").href

    def office_href(self, code: str) -> str:
        """Address of an office's page; "" where the source named no office that reference data know."""
        return self.address.to(f"/office/{segment(code)}").href if code in self.services.reference.offices else ""

    def department_href(self, code: str) -> str:
        """Address of a department's page."""
        return self.address.to(f"/department/{code.lower()}", svc=None).href

    def explain_href(self, code: str, at: str) -> str:
        """This page with the explanation of a number open."""
        return self.address.but(explain=code, at=at).href

    def indicator_href(self, code: str, area: str, period: str) -> str:
        """The page of an indicator, about a place and a period."""
        place = None if area == self.services.reference.areas[0].code else area
        return self.address.to(f"/indicator/{code}", area=place, period=period).href
