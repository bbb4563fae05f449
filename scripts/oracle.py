"""Computes SpendSense's figures a second time and compares them with those in a SQLite database. It was written from
lambdas/spendsense/DEFINITIONS.md alone, and not from the code of the functions. It uses whole numbers only.

    oracle.py DATABASE [--users N]          compares; exit status 1 on any difference, or for fewer than N users
    oracle.py DATABASE --make-up N --until YYYY-MM-DD     adds N users who are on the edges of the definitions
"""

import argparse
import json
import math
import random
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import pandas as pd

WINDOWS = (30, 90, 180)
# So that sums of squares of transactions, and ten thousand times a balance, fit into 64 bits.
MOST_CENTS, MOST_BALANCE_CENTS = 10_000_000, 10_000_000_000_000
SHOWN = 100
# The power of ten that is nearest to a dollar, and the digits behind the point, where these are not 1 and 2.
TO_A_DOLLAR = dict.fromkeys("CNY CZK DKK HKD MXN NOK SEK THB TRY UAH ZAR".split(), 10) | dict.fromkeys(
    "INR ISK JPY PHP RSD RUB".split(), 100) | dict.fromkeys("ARS CLP COP HUF KRW".split(), 1_000)
DIGITS = dict.fromkeys("CLP ISK JPY KRW PYG UGX VND XAF".split(), 0) | dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)
PAY = (
    "DIR DEP", "DIRECT DEP", "DIRECT DEPOSIT", "GEHALT", "LOHN", "LÖN", "LØN", "NOMINA", "NÓMINA", "PALKKA",
    "PAYCHECK", "PAYROLL", "PENSION", "SALAIRE", "SALARIO", "SALARIS", "SALARY", "SALÁRIO", "STIPENDIO", "WAGE",
    "WAGES", "WYNAGRODZENIE",
)
ESSENTIALS = (
    "ALBERT HEIJN", "ALDI", "ALLSTATE", "APARTMENT", "APARTMENTS", "ASDA", "ASSICURAZIONE", "ASSURANCE", "AUCHAN",
    "CARREFOUR", "CHILD CARE", "CHILDCARE", "CONAD", "COSTCO", "CRECHE", "CRÈCHE", "DAY CARE", "DAYCARE", "EDEKA",
    "ESSELUNGA", "FINANZAMT", "FOOD LION", "GEICO", "GROCER", "GROCERIES", "GROCERS", "GROCERY", "GUARDERÍA",
    "HOUSING", "INSTACART", "INSURANCE", "IRS", "JUMBO", "KAUFLAND", "KINDERGARTEN", "KITA", "KROGER", "LANDLORD",
    "LECLERC", "LEMONADE", "LIBERTY MUTUAL", "LIDL", "LOAN", "LOANS", "LOYER", "MERCADONA", "MIETE", "MIGROS",
    "MORRISONS", "MORTGAGE", "NETTO", "NURSERY", "PRESCHOOL", "PROGRESSIVE", "PROPERTY MANAGEMENT", "PUBLIX",
    "REALTY", "RENT", "REWE", "SAFEWAY", "SAINSBURY", "SAINSBURYS", "SCHOOL", "SEGUROS", "STATE FARM", "STUDENT LN",
    "SUPERMARKET", "TAX", "TESCO", "TRADER JOE", "TRADER JOES", "TUITION", "VERSICHERUNG", "VERSICHERUNGEN",
    "WAITROSE", "WALMART", "WEGMANS", "WHOLE FOODS",
)
FRIENDS = ("CASH APP", "VENMO", "ZELLE")


# Input


@dataclass
class Data:
    """Users have numbers: their places in `profiles`, which has a row for each user and currency, the main one first."""

    profiles: pd.DataFrame
    accounts: pd.DataFrame
    transactions: pd.DataFrame


def read(path, as_of):
    """Returns the data up to a day, as a `numpy.datetime64`: posted transactions in the longest window."""
    days = (str(as_of - WINDOWS[-1]), str(as_of))
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        profiles = pd.read_sql("SELECT user_id, employer FROM profiles ORDER BY user_id", database)
        optional = dict.fromkeys(("limit_cents", "minimum_payment_cents", "last_payment_cents"), "Int64")
        accounts = pd.read_sql("SELECT * FROM accounts ORDER BY user_id, account_id", database, dtype=optional)
        transactions = pd.read_sql(
            "SELECT user_id, account_id, transaction_id, posted_on, amount_cents AS amount, category, channel,"
            " description AS text, merchant FROM transactions"
            " WHERE NOT is_pending AND posted_on > ? AND posted_on <= ? ORDER BY user_id, posted_on, transaction_id",
            database, params=days)
    balances = accounts[["balance_cents", "limit_cents", "minimum_payment_cents", "last_payment_cents"]]
    if (transactions.amount.abs() > MOST_CENTS).any() or (balances.abs() > MOST_BALANCE_CENTS).any(axis=None):
        raise SystemExit("an amount is above those that this program can count with")
    profiles = with_currencies(profiles, accounts)
    numbers = pd.MultiIndex.from_frame(profiles[["user_id", "currency"]])
    accounts["user"] = numbers.get_indexer(pd.MultiIndex.from_frame(accounts[["user_id", "currency"]]))
    transactions["user"] = accounts.user.to_numpy()[accounts_of(accounts, transactions)]
    transactions["posted_on"] = pd.to_datetime(transactions.posted_on, format="%Y-%m-%d")
    for column in ("category", "channel", "merchant"):
        transactions[column] = transactions[column].astype("category")
    return Data(profiles, accounts, transactions)


def with_currencies(profiles, accounts):
    """Returns a profile for each currency of a user: the main one first, then by code."""
    counts = accounts.assign(checking=accounts.kind == "checking").groupby(["user_id", "currency"], as_index=False).agg(
        checking=("checking", "sum"), count=("kind", "size"))
    best = counts.sort_values(["user_id", "checking", "count", "currency"], ascending=[True, False, False, True])
    main = best.drop_duplicates("user_id").set_index("user_id").currency
    rows = profiles.merge(counts[["user_id", "currency"]], how="left", on="user_id")
    rows["currency"] = rows.currency.fillna("USD")
    rows["other"] = rows.currency != rows.user_id.map(main).fillna("USD")
    return rows.sort_values(["user_id", "other", "currency"], ignore_index=True)


def amount(currency, us_cents):
    """Converts a bound."""
    units = us_cents * TO_A_DOLLAR.get(currency, 1)
    return units * 10 ** DIGITS.get(currency, 2) // 100


def words(text):
    """Returns the words of a text, with a space on each side."""
    return " " + " ".join("".join(c if c.isalnum() else " " for c in text).upper().split()) + " "


def says(spoken, phrases):
    return any(f" {phrase} " in spoken for phrase in phrases)


def accounts_of(accounts, transactions):
    """Returns the index of each transaction's account."""
    names = pd.Index(accounts.account_id)
    if names.is_unique:
        return names.get_indexer(transactions.account_id)
    names = pd.MultiIndex.from_frame(accounts[["user_id", "account_id"]])
    return names.get_indexer(pd.MultiIndex.from_frame(transactions[["user_id", "account_id"]]))


# Whole numbers


def rounded(dividend, divisor):
    """Divides by a positive number, rounding half away from zero."""
    whole = (2 * np.abs(dividend) + divisor) // (2 * divisor)
    return np.where(dividend < 0, -whole, whole)


def known(where, dividend, divisor, divide):
    """Divides if that is possible; the result is unknown elsewhere."""
    values = divide(dividend, np.where(where, divisor, 1))
    return pd.arrays.IntegerArray(np.asarray(values, dtype="int64"), ~np.asarray(where, dtype=bool))


def sums(rows, users):
    """Sums the amounts of each user."""
    return rows.groupby("user").amount.sum().reindex(range(users), fill_value=0).to_numpy()


# Features


def features(data, as_of):
    """A frame with a row for each user, by window and signal; of `credit` a row for each card, of `subscriptions` the
    merchants' figures, and all subscriptions under `None`."""
    users = len(data.profiles)
    # A transaction that is there twice counts once.
    rows = data.transactions.drop_duplicates(["user", "transaction_id"])
    account = accounts_of(data.accounts, rows)
    kind = data.accounts.kind.astype("category").array[account]
    rows = rows.assign(account=account, kind=kind, ago=(as_of - rows.posted_on).dt.days)
    found = {None: subscriptions(rows[rows.ago < 100])}
    payers = wages(rows, data.profiles)
    rows = rows[["user", "account", "kind", "category", "amount", "ago"]]
    recent = rows[(rows.ago < 30) & spends(rows) & rows.category.isin(("purchase", "refund"))]
    recent = recent.groupby("account").amount.sum()
    for days in WINDOWS:
        window = rows[rows.ago < days]
        expenses = monthly_expenses(window, days, users)
        found[days, "subscriptions"] = recurring(found[None][~found[None].essential], expenses, users)
        found[days, "credit"] = credit(window, data.accounts, recent)
        found[days, "savings"] = savings(window, days, data.accounts, expenses, users)
        found[days, "income"] = income(payers, days, data.accounts, expenses, users)
    return found


def monthly_expenses(rows, days, users):
    spending = rows[spends(rows) & rows.category.isin(("purchase", "refund"))]
    return rounded(np.maximum(sums(spending, users), 0) * 30, days)


def spends(rows):
    return rows.kind.isin(("checking", "credit_card"))


def subscriptions(rows):
    """User, merchant, cadence, monthly amount."""
    is_charge = spends(rows) & (rows.category == "purchase") & (rows.amount >= 1) & rows.merchant.notna()
    charges = rows.loc[is_charge, ["user", "merchant", "amount", "ago"]]
    names = pd.Series(charges.merchant.cat.categories.str.strip().str.lower())
    codes, names = pd.factorize(names)
    charges["merchant"] = codes[charges.merchant.cat.codes]
    charges = charges[names[charges.merchant] != ""].drop_duplicates()
    same, rest = with_cadence(charges, ["user", "merchant", "amount"])
    same = same.drop_duplicates(["user", "merchant", "amount"])
    left, _ = with_cadence(rest, ["user", "merchant"])
    left = left.sort_values(["user", "merchant", "amount"])
    groups = left.groupby(["user", "merchant"])
    place, count = groups.cumcount(), groups.amount.transform("size")
    # The middle one, or the two in the middle.
    low, high = left[place == (count - 1) // 2], left[place == count // 2]
    medians = low.assign(amount=rounded(low.amount.to_numpy() + high.amount.to_numpy(), 2))
    found = pd.concat([same, medians])
    weekly = found.cadence == "weekly"
    found["monthly_cents"] = np.where(weekly, rounded(found.amount * 30, 7), found.amount)
    found["merchant"] = names[found.merchant]
    is_essential = [says(words(name), ESSENTIALS) for name in found.merchant]
    found["essential"] = pd.Series(is_essential, found.index, dtype=bool)
    return found.sort_values(["user", "merchant", "cadence", "monthly_cents"])


def with_cadence(charges, keys):
    """Splits charges into those of groups that have a cadence, and all others."""
    several = charges.groupby(keys).ago.transform("size") >= 3
    sorted_ = charges[several].sort_values([*keys, "ago"])
    gaps = sorted_.groupby(keys).ago.diff()
    gaps = gaps.groupby([sorted_[key] for key in keys])
    least, most = gaps.transform("min"), gaps.transform("max")
    last = sorted_.groupby(keys).ago.transform("min")
    monthly = (least >= 27) & (most <= 33) & (last <= 33)
    weekly = (least >= 6) & (most <= 8) & (last <= 8)
    cadence = pd.Series(np.select([monthly, weekly], ["monthly", "weekly"], ""), sorted_.index)
    of = cadence[cadence != ""]
    return charges.loc[of.index].assign(cadence=of), charges.drop(of.index)


def recurring(found, expenses, users):
    groups = found.groupby("user")
    monthly = groups.monthly_cents.sum().reindex(range(users), fill_value=0).to_numpy()
    merchants = groups.merchant.nunique().reindex(range(users), fill_value=0).to_numpy()
    share = np.minimum(monthly * 10_000 // np.maximum(expenses, 1), 10_000)
    share = np.where(expenses == 0, 10_000, share)
    return pd.DataFrame({"merchants": merchants, "monthly_recurring_cents": monthly,
                         "share_bp": np.where(merchants == 0, 0, share)})


def credit(rows, accounts, recent):
    cards = accounts[accounts.kind == "credit_card"]
    charged = rows[(rows.category == "interest") & (rows.amount > 0)].groupby("account").amount.sum()
    balance, limit = cards.balance_cents.to_numpy(), cards.limit_cents.fillna(0).to_numpy("int64")
    owes, limited = balance > 0, limit > 0
    is_known = ~owes | limited
    level = np.select([~is_known, ~owes, 2 * balance >= limit, 10 * balance >= 3 * limit],
                      ["unknown", "low", "high", "medium"], "low")
    minimum, last = cards.minimum_payment_cents.fillna(0), cards.last_payment_cents
    near = cards.currency.map(lambda currency: amount(currency, 500))
    interest = charged.reindex(cards.index, fill_value=0)
    carried = (interest > 0) | (np.maximum(balance, 0) > recent.reindex(cards.index, fill_value=0))
    only_minimum = carried & (minimum > 0) & ((last - minimum).abs() <= near).fillna(False)
    return pd.DataFrame({
        "user": cards.user, "account_id": cards.account_id,
        "utilization_bp": known(is_known, np.where(owes, balance * 10_000, 0), np.where(limited, limit, 1), np.floor_divide),
        "utilization": level, "is_minimum_payment_only": only_minimum.astype(bool),
        "interest_cents": interest, "is_overdue": cards.is_overdue == 1})


def balances(accounts, kind, users):
    of = accounts[accounts.kind == kind]
    return of.groupby("user").balance_cents.sum().reindex(range(users), fill_value=0).to_numpy()


def savings(rows, days, accounts, expenses, users):
    balance = balances(accounts, "savings", users)
    inflow = -sums(rows[rows.kind == "savings"], users)
    start = balance - inflow
    spends = expenses > 0
    level = np.select([~spends & (balance > 0), ~spends] + [balance >= months * expenses for months in (6, 3, 1)],
                      ["excellent", "low", "excellent", "good", "building"], "low")
    return pd.DataFrame({
        "balance_cents": balance, "net_inflow_cents": inflow, "monthly_inflow_cents": inflow * 30 // days,
        "growth_bp": known(start > 0, inflow * 10_000, start, np.floor_divide), "monthly_expenses_cents": expenses,
        "cover_hundredths": known(spends, balance * 100, expenses, np.floor_divide), "cover": level})


def wages(rows, profiles):
    """Returns for each user the payers, as lists of days ago and amounts, in the order of their names."""
    rows = rows[(rows.kind == "checking") & (rows.category == "income") & (rows.channel == "ach") & (rows.amount < 0)]
    found = {}
    names = profiles.employer.fillna("").tolist()
    for user, deposits in rows.groupby("user"):
        employers = [name.strip().upper() for name in names[user].split(";") if name.strip()]
        payers = {}
        for ago, cents, text in zip(deposits.ago.tolist(), deposits.amount.tolist(), deposits.text):
            days = payers.setdefault(payer(text, employers), Counter())
            days[ago] -= cents
        least = amount(profiles.currency[user], 10_000)
        any_named = any(named for named, _ in payers)
        counted = [payers[named, name] for named, name in sorted(payers)
                   if named or comes_again(name, payers[named, name], least, any_named)]
        if counted:
            found[user] = counted
    return found


def payer(text, employers):
    for employer in employers:
        if employer in text.upper():
            return True, employer
    spoken = words(text)
    name = " ".join(word for word in spoken.split() if not any(c.isdigit() for c in word))
    return "PAYROLL" in text.upper() or says(spoken, PAY), name


def comes_again(name, days, least, any_named):
    if not name or says(words(name), FRIENDS) or len(days) < 3 or sum(days.values()) < least:
        return False
    return not any_named or frequency(sorted(days)) != "irregular"


def frequency(days):
    """Finds the frequency of sorted days; nothing if there are fewer than two."""
    gaps = np.diff(days)
    if not len(gaps):
        return None
    for name, low, high in (("weekly", 6, 8), ("biweekly", 13, 15), ("semi_monthly", 12, 19), ("monthly", 26, 35)):
        if gaps.min() >= low and gaps.max() <= high:
            return name
    return "irregular"


def income(payers, days, accounts, expenses, users):
    rows = [income_of(payers.get(user, []), days) for user in range(users)]
    frame = pd.DataFrame(rows, columns=["pay_days", "total_cents", "frequency", "median_gap_days", "variability_bp"])
    for column in ("median_gap_days", "variability_bp"):
        frame[column] = frame[column].astype("Int64")
    frame["buffer_hundredths"] = known(expenses > 0, balances(accounts, "checking", users) * 100, expenses, np.floor_divide)
    return frame


def income_of(payers, days):
    union = Counter()
    for payer_days in payers:
        for ago, cents in payer_days.items():
            union[ago] += cents
    own = [cents for ago, cents in union.items() if ago < days]
    longer = [window for window in WINDOWS if window >= days]
    shown = next((window for window in longer if sum(ago < window for ago in union) >= 3), WINDOWS[-1])
    pay_days = sorted(ago for ago in union if ago < shown)
    how_often, gap, variability = frequency(pay_days), None, None
    if how_often == "irregular":
        paying = [of for of in payers if min(of) < shown]
        each = [frequency(sorted(of)) for of in paying]
        if all(of not in (None, "irregular") for of in each):
            sums_ = [sum(of.values()) for of in paying]
            how_often = each[sums_.index(max(sums_))]
    if len(pay_days) >= 2:
        gap = math.floor(np.median(np.diff(pay_days)))
        amounts = [union[ago] for ago in pay_days]
        total = sum(amounts)
        deviation = math.isqrt(len(amounts) * sum(of**2 for of in amounts) - total**2)
        variability = deviation * 10_000 // total
    return len(own), sum(own), how_often or "unknown", gap, variability


# Personas


def documents(data, found):
    """Returns what the tables should hold: for each user and window the signals, as JSON; those of the main currency, with
    those of each other one under `other_currencies`."""
    lists = {user: [{"merchant": row.merchant, "cadence": row.cadence, "monthly_cents": row.monthly_cents}
                    for row in rows[~rows.essential].itertuples()] for user, rows in found[None].groupby("user")}
    essentials = {user: sorted(set(rows.merchant[rows.essential])) for user, rows in found[None].groupby("user")}
    wanted = {}
    for days in WINDOWS:
        cards = {}
        for card in records(found[days, "credit"]):
            cards.setdefault(card.pop("user"), []).append(card)
        signals = zip(data.profiles.user_id, data.profiles.currency,
                      *(records(found[days, of]) for of in ("subscriptions", "savings", "income")))
        for user, (user_id, currency, subscriptions, savings, income) in enumerate(signals):
            subscriptions["subscriptions"] = lists.get(user, [])
            subscriptions["merchants"] = sorted({of["merchant"] for of in lists.get(user, [])})
            subscriptions["essentials"] = essentials.get(user, [])
            signals_ = {"subscriptions": subscriptions, "credit": {"cards": cards.get(user, [])},
                        "savings": savings, "income": income}
            for signal, value in signals_.items():
                value["currency"] = currency
                if (user_id, days) in wanted:
                    wanted[user_id, days][signal].setdefault("other_currencies", []).append(value)
            wanted.setdefault((user_id, days), signals_)
    return wanted


def each(signals):
    """Returns the signals of each currency."""
    main = {name: {key: of for key, of in value.items() if key != "other_currencies"} for name, value in signals.items()}
    others = zip(*(value.get("other_currencies", []) for value in signals.values()))
    return [main, *(dict(zip(signals, of)) for of in others)]


def records(frame):
    """Returns the rows, with `None` for what is unknown."""
    frame = frame.astype(object)
    return frame.mask(frame.isna() | (frame == "unknown"), None).to_dict("records")


def persona(signals):
    """Returns the persona's name, and the reasons for it: of the first rule that holds in any currency."""
    currencies = each(signals)
    cards = [card for of in currencies for card in of["credit"]["cards"]]
    for name, rule in (("high_utilization", high_utilization), ("subscription_heavy", subscription_heavy),
                       ("variable_income_budgeter", variable_income)):
        for of in currencies:
            if reasons := rule(of):
                return name, reasons
    for of in currencies:
        if (reasons := savings_builder(of)) and all(card["utilization"] == "low" for card in cards):
            return "savings_builder", reasons
    return "general_wellness", []


def high_utilization(signals):
    currency = {"currency": signals["credit"]["currency"]}
    return [{"reason": reason, "account_id": card["account_id"]} | {key: card[key] for key in figures} | more
            for card in signals["credit"]["cards"] for reason, holds, figures, more in (
                ("card_utilization", card["utilization"] == "high", ["utilization_bp"], {}),
                ("card_interest", card["interest_cents"] > 0, ["interest_cents"], currency),
                ("minimum_payment_only", card["is_minimum_payment_only"], [], {}),
                ("overdue", card["is_overdue"], [], {})) if holds]


def subscription_heavy(signals):
    of = signals["subscriptions"]
    count, monthly, share, currency = len(of["merchants"]), of["monthly_recurring_cents"], of["share_bp"], of["currency"]
    is_large = monthly >= amount(currency, 5_000)
    if count < 3 or not (is_large or share >= 1_000):
        return []
    reasons = [{"reason": "recurring_merchants", "count": count}]
    reasons += [{"reason": "monthly_recurring", "cents": monthly, "currency": currency}] * is_large
    return reasons + [{"reason": "recurring_share", "share_bp": share}] * (share >= 1_000)


def variable_income(signals):
    income = signals["income"]
    gap, buffer = income["median_gap_days"], income["buffer_hundredths"]
    reasons = [{"reason": "pay_gap", "days": gap}] * (gap is not None and gap > 45)
    reasons += [{"reason": "irregular_pay"}] * (income["frequency"] == "irregular")
    if reasons and buffer is not None and buffer < 100:
        return [*reasons, {"reason": "thin_buffer", "buffer_hundredths": buffer}]
    return []


def savings_builder(signals):
    savings = signals["savings"]
    growth, inflow, currency = savings["growth_bp"], savings["monthly_inflow_cents"], savings["currency"]
    reasons = [{"reason": "growth", "growth_bp": growth}] * (growth is not None and growth >= 200)
    return reasons + [{"reason": "monthly_inflow", "cents": inflow, "currency": currency}] * (inflow >= amount(currency, 20_000))


# Comparison


def compare(path, least_users):
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        computed = database.execute("SELECT user_id, window_days, signal, as_of, value FROM computed_features").fetchall()
        assigned = database.execute("SELECT user_id, window_days, persona, reasons FROM persona_assignments").fetchall()
        times = sorted({as_of for _, _, _, as_of, _ in computed})
        if len(times) != 1:
            raise SystemExit(f"the features have to be of one run over everybody, and are of {len(times)}")
        consenting = {user for (user,) in database.execute(
            "SELECT user_id FROM consent_records WHERE granted_at <= ?1 AND (revoked_at IS NULL OR revoked_at > ?1)", times)}
    as_of = np.datetime64(times[0][:10])
    data = read(path, as_of)
    found = documents(data, features(data, as_of))
    wanted = {key: of for key, of in found.items() if key[0] in consenting}
    ours = {(*key, signal): value for key, signals in wanted.items() for signal, value in signals.items()}
    personas = {key: persona(signals) for key, signals in wanted.items()}
    ours |= {(*key, "persona"): {"persona": name, "reasons": reasons} for key, (name, reasons) in personas.items()}
    theirs = {(user, days, signal): json.loads(value) for user, days, signal, _, value in computed}
    theirs |= {(user, days, "persona"): {"persona": name, "reasons": json.loads(reasons)}
               for user, days, name, reasons in assigned}
    differences, figures = [], 0
    for key in sorted(ours.keys() | theirs.keys()):
        left, right = flat(ours.get(key, {})), flat(theirs.get(key, {}))
        figures += len(left)
        differences += [(*key, figure, left.get(figure, "nothing"), right.get(figure, "nothing"))
                        for figure in sorted(left.keys() | right.keys())
                        if left.get(figure, "nothing") != right.get(figure, "nothing")]
    for user, days, signal, figure, left, right in differences[:SHOWN]:
        print(f"{user}  {days} days  {signal}  {figure}: {left!r} here, {right!r} there")
    if len(differences) > SHOWN:
        print(f"and {len(differences) - SHOWN} more")
    users = data.profiles.user_id.nunique()
    without = users - len(consenting)
    print(f"{users} users ({without} of them without consent, who must have nothing), "
          f"{len(data.transactions)} transactions, {figures} figures: {len(differences)} differ")
    counts = Counter((days, name) for (_, days), (name, _) in personas.items())
    for name in sorted({name for _, name in counts}):
        print(f"  {name:26}" + "".join(f"{counts[days, name]:7} of {days} days" for days in WINDOWS))
    if users < least_users:
        print(f"there should be at least {least_users} users")
    return 1 if differences or users < least_users else 0


def flat(document, path=""):
    """Returns the leaves of a JSON document. The definitions give an order to cards and merchants, but to no other list."""
    if isinstance(document, dict):
        return {at: leaf for key, value in document.items() for at, leaf in flat(value, f"{path}.{key}").items()}
    if isinstance(document, list) and document:
        if path.endswith(("subscriptions", "reasons")):
            document = sorted(document, key=lambda of: json.dumps(of, sort_keys=True))
        return {at: leaf for place, value in enumerate(document) for at, leaf in flat(value, f"{path}[{place}]").items()}
    return {path.lstrip("."): document}


# Users on the edges


def make_up(path, count, until):
    with closing(sqlite3.connect(path)) as database, database:
        for number in range(count):
            EdgeUser(f"edge-{number}", until).write(database)


class EdgeUser:
    """A user whose figures are on, just above or just below each bound of the definitions."""

    def __init__(self, user_id, until):
        self.random = random.Random(user_id)
        self.user_id, self.until = user_id, until
        self.accounts, self.transactions = [], []
        choice, times = self.random.choice, self.random.randrange
        self.employer = choice([None, "", "Acme", "müller & söhne", "PAY", "Globex; Acme", " ; "])
        self.currencies = choice([["USD"]] * 4 + [["EUR"], ["USD", "EUR"], ["JPY", "SEK", "USD"]])
        # The first rule holds for most cards on an edge, and would hide the other rules.
        self.is_calm = choice([True, True, False])
        for name in self.random.sample(["a", "B", "c 9", "c 10", "é", "Z"], times(7)):
            self.account(name, choice(["checking", "checking", "savings", "credit_card", "other"]))
        if self.accounts:
            for _ in range(times(8)):
                self.charges()
            for _ in range(times(3)):
                self.wages()
            for _ in range(times(3)):
                self.transfers()
            for _ in range(choice([0, 3, 40])):
                self.anything()
        else:
            choice([lambda: None, self.growing, self.thin, self.sharing, self.blank])()

    def account(self, name, kind):
        choice, amount = self.random.choice, self.random.randrange(-50_000, 900_000)
        limit = choice([10_000, 33_333, 1_000_000] if self.is_calm else [None, 0, -100, 999, 10_000, 33_333])
        percents = [30] if self.is_calm else [30, 50, 100]
        near = [(limit or 0) * percent // 100 + off for percent in percents for off in (-1, 0, 1)]
        balance = choice([-1, 0, 1, *near] if kind == "credit_card" else [-1, 0, 1, amount, amount])
        minimum = choice([None, 0, 1, 2_500])
        last = choice([None, (minimum or 0) + choice([-501, 501] if self.is_calm else [-501, -500, 0, 500, 501])])
        is_overdue = 0 if self.is_calm else choice([0, 0, 1])
        self.accounts.append((self.user_id, name, kind, name, balance, limit, minimum, last, is_overdue, choice(self.currencies)))

    def post(self, ago, amount, category, channel="other", text="", merchant=None, kind=None):
        accounts = [of for of in self.accounts if of[2] == kind] or self.accounts
        day = np.datetime64(self.until) - ago
        name, pending = self.random.choice(accounts)[1], int(self.random.random() < 0.03)
        row = (name, amount, category, channel, text, merchant, pending)
        self.transactions.append((self.user_id, str(day), f"t{len(self.transactions)}", *row))
        if self.random.random() < 0.02:
            # Another transaction that only looks the same.
            self.transactions.append((self.user_id, str(day), f"t{len(self.transactions)}", *row))

    def days(self, gaps):
        """Days ago, at some distances."""
        ago = self.random.choice([-1, 0, 0, 1, 5, 8, 9, 29, 30, 33, 34])
        for _ in range(self.random.choice([1, 2, 3, 3, 4, 6, 26])):
            yield ago
            ago += self.random.choice(gaps)
            if ago > 185:
                return

    def charges(self):
        choice = self.random.choice
        merchant = choice(["Film Stream", "Tune Box", "Fit Club", "Ärzte TV", "Corner Market", "News Daily", "Oak Rent", "Rentflix"])
        amounts = choice([[1], [0, 1], [999], [1_666, 1_667], [1_999, 2_499, 5_000], [4_999, 5_001], [700], [60_000]])
        gaps = choice([[7], [6, 8], [6, 7, 9], [5, 7], [30], [30], [27, 33], [26, 30], [30, 34], [29, 31], [33], [8], [1, 2]])
        for ago in self.days(gaps):
            name = choice([merchant, merchant, f" {merchant.upper()}", f"{merchant.lower()}\t"])
            self.post(ago, choice(amounts), "purchase", "card", merchant=name, kind=choice(["checking", "credit_card"]))

    def wages(self):
        choice = self.random.choice
        gaps = choice([[7], [6, 8], [14], [13, 15], [15, 16], [12, 19], [14, 17], [30, 31], [26, 35], [25, 30], [36], [45],
                       [46], [60], [3, 20]])
        text = choice(["ACME PAYROLL", "payroll 7", "Acme wages", "MÜLLER & SÖHNE", "Müller", "gift", "GLOBEX 12 salary",
                       "UBER USA 0042", "Zelle from Bob", "Lohn/Gehalt", "Lohnsteuer", "4711"])
        amounts = choice([[200_000], [1], [100_000, 100_001], [30_000, 90_000, 270_000], [3_333, 3_334]])
        for ago in self.days(gaps):
            self.post(ago, -choice(amounts), "income", choice(["ach"] * 9 + ["other"]), text, kind="checking")

    def transfers(self):
        amount = self.random.choice([-20_000, -19_999, -60_000, 700, self.random.randrange(-90_000, 9_000)])
        for ago in self.days([14, 30]):
            self.post(ago, amount, "transfer", kind="savings")

    def anything(self):
        choice, random = self.random.choice, self.random.randrange
        ago = choice([-2, -1, 0, 29, 30, 31, 89, 90, 91, 179, 180, 181, random(180)])
        category = choice(["purchase", "refund", "income", "transfer", "payment", "fee"] + ["interest"] * (not self.is_calm))
        self.post(ago, choice([0, 1, -1, random(-60_000, 90_000), 333_333]), category, choice(["ach", "card", "other"]),
                  choice(["", "Payroll"]), choice([None, "", " ", "Film Stream"]))

    def growing(self):
        """Savings that grow by about 2 %, though they are small."""
        start = self.random.choice([14_962, 15_000, 15_037, 15_038, 15_100])
        self.accounts.append((self.user_id, "s", "savings", "s", start + 300, None, None, None, 0, "USD"))
        self.post(5, -300, "transfer")

    def thin(self):
        """Irregular pay, with about a month of expenses at hand."""
        balance = self.random.choice([9_899, 9_900, 9_999, 10_000])
        self.accounts.append((self.user_id, "c", "checking", "c", balance, None, None, None, 0, "USD"))
        self.post(5, 10_000, "purchase")
        for ago in (2, 5, 25):
            self.post(ago, -5_000, "income", "ach", "PAYROLL")

    def sharing(self):
        """Three cheap subscriptions, about 10 % of all."""
        self.accounts.append((self.user_id, "c", "checking", "c", 0, None, None, None, 0, "USD"))
        self.post(5, self.random.choice([10_790, 10_794, 10_800, 10_806, 10_807, 10_810]), "purchase")
        for ago, merchant in ((ago, merchant) for ago in (1, 31, 61) for merchant in "abc"):
            self.post(ago, 400, "purchase", "card", merchant=merchant)

    def blank(self):
        """A merchant without a name."""
        self.accounts.append((self.user_id, "c", "checking", "c", 0, None, None, None, 0, "USD"))
        for ago in (1, 31, 61):
            self.post(ago, 400, "purchase", "card", merchant=self.random.choice(["", " "]))

    def write(self, database):
        database.execute("INSERT INTO profiles (user_id, name, employer) VALUES (?, ?, ?)", (self.user_id, self.user_id, self.employer))
        database.execute("INSERT INTO consent_records VALUES (?, '2020-01-01T00:00:00.000000Z', NULL)", (self.user_id,))
        database.executemany(f"INSERT INTO accounts VALUES ({', '.join('?' * 10)}, NULL)", self.accounts)
        database.executemany(f"INSERT INTO transactions VALUES ({', '.join('?' * 10)})", self.transactions)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database")
    parser.add_argument("--users", type=int, default=1)
    parser.add_argument("--make-up", type=int)
    parser.add_argument("--until")
    arguments = parser.parse_args()
    if arguments.make_up:
        make_up(arguments.database, arguments.make_up, arguments.until)
    else:
        sys.exit(compare(arguments.database, arguments.users))
