"""The templates, with everything escaped that is put into them."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from unbraid.report import numbers


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("unbraid.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["short"] = numbers.short
    environment.filters["breakable"] = breakable
    return environment


def render(template: str, **values: object) -> Markup:
    """Fill in a template.

    Parameters
    ----------
    template
        Its file name.
    **values
        What it names.

    Returns
    -------
    markupsafe.Markup
        HTML in which every value is escaped.

    Examples
    --------
    >>> render("notes.html", notes=["<b>"])
    Markup('<p class="note">&lt;b&gt;</p>')
    """
    return Markup(_environment().get_template(template).render(**values).strip())


def breakable(name: str) -> Markup:
    """Let a long name break after its underscores.

    Parameters
    ----------
    name
        The name.

    Returns
    -------
    markupsafe.Markup
        The name, escaped, with places to break.

    Examples
    --------
    >>> breakable("beta_vae")
    Markup('beta_<wbr>vae')
    """
    return Markup("_<wbr>").join(name.split("_"))
