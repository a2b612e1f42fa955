"""Exact decimals: 34 digits, the same in every thread whatever the thread's own decimal context is."""

import decimal
from decimal import Decimal

from forms.expression.errors import EvaluationError, out_of_range
from forms.expression.limits import DIGITS, EXPONENT
from tenants.text import say

CONTEXT = decimal.Context(
    prec=DIGITS,
    rounding=decimal.ROUND_HALF_EVEN,
    Emax=EXPONENT,
    Emin=-EXPONENT,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow, decimal.Subnormal],
)
# Wide enough to write any number of ours without an exponent.
_WIDE = decimal.Context(prec=DIGITS + 2 * EXPONENT)
_ZERO = Decimal(0)
_SAFE_INT = 10**DIGITS
_ROUND_PLACES = 20


def of_int(value: int) -> Decimal:
    if -_SAFE_INT < value < _SAFE_INT:
        return Decimal(value)
    if value.bit_length() > 400:
        raise out_of_range()
    return CONTEXT.create_decimal(value)


def of_float(value: float) -> Decimal:
    """The decimal that the shortest writing of the float shows: 0.1 is one tenth."""
    if value - value != 0:
        raise out_of_range()
    return CONTEXT.create_decimal(repr(value))


def of_decimal(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise out_of_range()
    return CONTEXT.plus(value)


def divide(left: Decimal, right: Decimal) -> Decimal:
    return CONTEXT.divide(left, _divisor(right))


def floor_divide(left: Decimal, right: Decimal) -> Decimal:
    """The whole part rounded down, as for Python's integers (Decimal's own // cuts towards zero)."""
    quotient = CONTEXT.divide_int(left, _divisor(right))
    rest = CONTEXT.remainder(left, right)
    if rest and (rest < 0) != (right < 0):
        quotient = CONTEXT.subtract(quotient, Decimal(1))
    return quotient


def modulo(left: Decimal, right: Decimal) -> Decimal:
    """The rest of `floor_divide`: it has the sign of the divisor."""
    rest = CONTEXT.remainder(left, _divisor(right))
    if rest and (rest < 0) != (right < 0):
        rest = CONTEXT.add(rest, right)
    return rest


def rounded(value: Decimal, places: int) -> Decimal:
    """四舍五入: a half goes away from zero, as in every form on paper. `places` beyond ±20 count as ±20."""
    places = max(-_ROUND_PLACES, min(_ROUND_PLACES, places))
    unit = Decimal((0, (1,), -places))
    return CONTEXT.plus(value.quantize(unit, rounding=decimal.ROUND_HALF_UP, context=_WIDE))


def written(value: Decimal) -> str:
    """The shortest plain writing: no exponent, no zeros at the end, no minus before zero."""
    if not value:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _divisor(value: Decimal) -> Decimal:
    if value == _ZERO:
        raise EvaluationError(
            "division", say("除数是 0"), say("请先判断除数，例如写“0 if b == 0 else a / b”")
        )
    return value
