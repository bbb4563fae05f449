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


# Input


@dataclass
class Data:
    """Users have numbers: their places in `profiles`."""

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
    numbers = pd.Index(profiles.user_id)
    for frame in (accounts, transactions):
        frame["user"] = numbers.get_indexer(frame.user_id)
    transactions["posted_on"] = pd.to_datetime(transactions.posted_on, format="%Y-%m-%d")
    for column in ("category", "channel", "merchant"):
        transactions[column] = transactions[column].astype("category")
    return Data(profiles, accounts, transactions)


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
    found = {None: subscriptions(rows[rows.ago < 90])}
    deposits = pay(rows, data.profiles)
    rows = rows[["user", "account", "kind", "category", "amount", "ago"]]
    for days in WINDOWS:
        window = rows[rows.ago < days]
        expenses = monthly_expenses(window, days, users)
        found[days, "subscriptions"] = recurring(found[None], expenses, users)
        found[days, "credit"] = credit(window, data.accounts)
        found[days, "savings"] = savings(window, days, data.accounts, expenses, users)
        found[days, "income"] = income(deposits[deposits.ago < days], data.accounts, expenses, users)
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
    return found.sort_values(["user", "merchant", "cadence", "monthly_cents"])


def with_cadence(charges, keys):
    """Splits charges into those of groups that have a cadence, and all others."""
    several = charges.groupby(keys).ago.transform("size") >= 3
    sorted_ = charges[several].sort_values([*keys, "ago"])
    gaps = sorted_.groupby(keys).ago.diff()
    gaps = gaps.groupby([sorted_[key] for key in keys])
    least, most = gaps.transform("min"), gaps.transform("max")
    monthly, weekly = (least >= 27) & (most <= 33), (least >= 6) & (most <= 8)
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


def credit(rows, accounts):
    cards = accounts[accounts.kind == "credit_card"]
    charged = rows[(rows.category == "interest") & (rows.amount > 0)].groupby("account").amount.sum()
    balance, limit = cards.balance_cents.to_numpy(), cards.limit_cents.fillna(0).to_numpy("int64")
    owes, limited = balance > 0, limit > 0
    is_known = ~owes | limited
    level = np.select([~is_known, ~owes, 2 * balance >= limit, 10 * balance >= 3 * limit],
                      ["unknown", "low", "high", "medium"], "low")
    minimum, last = cards.minimum_payment_cents.fillna(0), cards.last_payment_cents
    only_minimum = (minimum > 0) & ((last - minimum).abs() <= 500).fillna(False)
    return pd.DataFrame({
        "user": cards.user, "account_id": cards.account_id,
        "utilization_bp": known(is_known, np.where(owes, balance * 10_000, 0), np.where(limited, limit, 1), np.floor_divide),
        "utilization": level, "is_minimum_payment_only": only_minimum.astype(bool),
        "interest_cents": charged.reindex(cards.index, fill_value=0), "is_overdue": cards.is_overdue == 1})


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


def pay(rows, profiles):
    """Returns the deposits of wages: user, day, amount; one for each day."""
    rows = rows[(rows.kind == "checking") & (rows.category == "income") & (rows.channel == "ach") & (rows.amount < 0)]
    text = rows.text.str.lower()
    employers = profiles.employer.str.lower()[rows.user]
    named = [bool(employer) and employer in of for employer, of in zip(employers.fillna(""), text)]
    rows = rows[text.str.contains("payroll", regex=False) | np.array(named, dtype=bool)]
    deposits = rows.groupby(["user", "ago"], as_index=False).amount.sum()
    return deposits.assign(amount=-deposits.amount, square=deposits.amount**2)


def income(deposits, accounts, expenses, users):
    of = deposits.groupby("user").agg(count=("amount", "size"), total=("amount", "sum"), squares=("square", "sum"))
    of = of.reindex(range(users), fill_value=0)
    count, total = of["count"].to_numpy(), of.total.to_numpy()
    # Variances may not fit into 64 bits.
    variances = zip(count.tolist(), of.squares.tolist(), total.tolist())
    deviation = np.array([math.isqrt(n * squares - total**2) for n, squares, total in variances], dtype="int64")
    gaps = deposits.assign(gap=deposits.groupby("user").ago.diff()).dropna()
    gaps = gaps.groupby("user").gap.agg(["min", "max", "median"]).reindex(range(users), fill_value=0)
    least, most = gaps["min"], gaps["max"]
    bounds = {"weekly": (6, 8), "biweekly": (13, 15), "semi_monthly": (12, 19), "monthly": (26, 35)}
    fits = [(least >= low) & (most <= high) for low, high in bounds.values()]
    several = count >= 2
    return pd.DataFrame({
        "pay_days": count, "total_cents": total,
        "frequency": np.where(several, np.select(fits, list(bounds), "irregular"), "unknown"),
        # The median of whole days is whole or a half.
        "median_gap_days": known(several, np.floor(gaps["median"]), 1, np.floor_divide),
        "variability_bp": known(several, deviation * 10_000, total, np.floor_divide),
        "buffer_hundredths": known(expenses > 0, balances(accounts, "checking", users) * 100, expenses, np.floor_divide)})


# Personas


def documents(data, found):
    """Returns what the tables should hold: for each user and window the signals, as JSON."""
    lists = {user: [{"merchant": row.merchant, "cadence": row.cadence, "monthly_cents": row.monthly_cents}
                    for row in rows.itertuples()] for user, rows in found[None].groupby("user")}
    wanted = {}
    for days in WINDOWS:
        cards = {}
        for card in records(found[days, "credit"]):
            cards.setdefault(card.pop("user"), []).append(card)
        signals = zip(data.profiles.user_id, *(records(found[days, of]) for of in ("subscriptions", "savings", "income")))
        for user, (user_id, subscriptions, savings, income) in enumerate(signals):
            subscriptions["subscriptions"] = lists.get(user, [])
            subscriptions["merchants"] = sorted({of["merchant"] for of in lists.get(user, [])})
            wanted[user_id, days] = {"subscriptions": subscriptions, "credit": {"cards": cards.get(user, [])},
                                     "savings": savings, "income": income}
    return wanted


def records(frame):
    """Returns the rows, with `None` for what is unknown."""
    frame = frame.astype(object)
    return frame.mask(frame.isna() | (frame == "unknown"), None).to_dict("records")


def persona(signals):
    """Returns the persona's name, and the reasons for it."""
    cards, subscriptions, savings, income = (
        signals["credit"]["cards"], signals["subscriptions"], signals["savings"], signals["income"])
    reasons = [{"reason": reason, "account_id": card["account_id"]} | {key: card[key] for key in figures}
               for card in cards for reason, holds, figures in (
                   ("card_utilization", card["utilization"] == "high", ["utilization_bp"]),
                   ("card_interest", card["interest_cents"] > 0, ["interest_cents"]),
                   ("minimum_payment_only", card["is_minimum_payment_only"], []),
                   ("overdue", card["is_overdue"], [])) if holds]
    if reasons:
        return "high_utilization", reasons
    count, monthly, share = (
        len(subscriptions["merchants"]), subscriptions["monthly_recurring_cents"], subscriptions["share_bp"])
    if count >= 3 and (monthly >= 5_000 or share >= 1_000):
        reasons = [{"reason": "recurring_merchants", "count": count}]
        reasons += [{"reason": "monthly_recurring", "cents": monthly}] * (monthly >= 5_000)
        return "subscription_heavy", reasons + [{"reason": "recurring_share", "share_bp": share}] * (share >= 1_000)
    gap, buffer = income["median_gap_days"], income["buffer_hundredths"]
    reasons = [{"reason": "pay_gap", "days": gap}] * (gap is not None and gap > 45)
    reasons += [{"reason": "irregular_pay"}] * (income["frequency"] == "irregular")
    if reasons and buffer is not None and buffer < 100:
        return "variable_income_budgeter", [*reasons, {"reason": "thin_buffer", "buffer_hundredths": buffer}]
    growth, inflow = savings["growth_bp"], savings["monthly_inflow_cents"]
    reasons = [{"reason": "growth", "growth_bp": growth}] * (growth is not None and growth >= 200)
    reasons += [{"reason": "monthly_inflow", "cents": inflow}] * (inflow >= 20_000)
    if reasons and all(card["utilization"] == "low" for card in cards):
        return "savings_builder", reasons
    return "general_wellness", []


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
    without = len(data.profiles) - len(consenting)
    print(f"{len(data.profiles)} users ({without} of them without consent, who must have nothing), "
          f"{len(data.transactions)} transactions, {figures} figures: {len(differences)} differ")
    counts = Counter((days, name) for (_, days), (name, _) in personas.items())
    for name in sorted({name for _, name in counts}):
        print(f"  {name:26}" + "".join(f"{counts[days, name]:7} of {days} days" for days in WINDOWS))
    if len(data.profiles) < least_users:
        print(f"there should be at least {least_users} users")
    return 1 if differences or len(data.profiles) < least_users else 0


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
        self.employer = choice([None, "", "Acme", "müller & söhne", "PAY"])
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
        self.accounts.append((self.user_id, name, kind, name, balance, limit, minimum, last, is_overdue))

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
        ago = self.random.choice([-1, 0, 0, 1, 5, 29, 30])
        for _ in range(self.random.choice([1, 2, 3, 3, 4, 6, 26])):
            yield ago
            ago += self.random.choice(gaps)
            if ago > 185:
                return

    def charges(self):
        choice = self.random.choice
        merchant = choice(["Film Stream", "Tune Box", "Fit Club", "Ärzte TV", "Corner Market", "News Daily"])
        amounts = choice([[1], [0, 1], [999], [1_666, 1_667], [1_999, 2_499, 5_000], [4_999, 5_001], [700], [60_000]])
        gaps = choice([[7], [6, 8], [6, 7, 9], [5, 7], [30], [30], [27, 33], [26, 30], [30, 34], [29, 31], [1, 2]])
        for ago in self.days(gaps):
            name = choice([merchant, merchant, f" {merchant.upper()}", f"{merchant.lower()}\t"])
            self.post(ago, choice(amounts), "purchase", "card", merchant=name, kind=choice(["checking", "credit_card"]))

    def wages(self):
        choice = self.random.choice
        gaps = choice([[7], [6, 8], [14], [13, 15], [15, 16], [12, 19], [14, 17], [30, 31], [26, 35], [25, 30], [36], [45],
                       [46], [60], [3, 20]])
        text = choice(["ACME PAYROLL", "payroll 7", "Acme wages", "MÜLLER & SÖHNE", "Müller", "gift"])
        amounts = choice([[200_000], [1], [100_000, 100_001], [30_000, 90_000, 270_000]])
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
        self.accounts.append((self.user_id, "s", "savings", "s", start + 300, None, None, None, 0))
        self.post(5, -300, "transfer")

    def thin(self):
        """Irregular pay, with about a month of expenses at hand."""
        balance = self.random.choice([9_899, 9_900, 9_999, 10_000])
        self.accounts.append((self.user_id, "c", "checking", "c", balance, None, None, None, 0))
        self.post(5, 10_000, "purchase")
        for ago in (2, 5, 25):
            self.post(ago, -5_000, "income", "ach", "PAYROLL")

    def sharing(self):
        """Three cheap subscriptions, about 10 % of all."""
        self.accounts.append((self.user_id, "c", "checking", "c", 0, None, None, None, 0))
        self.post(5, self.random.choice([10_790, 10_794, 10_800, 10_806, 10_807, 10_810]), "purchase")
        for ago, merchant in ((ago, merchant) for ago in (1, 31, 61) for merchant in "abc"):
            self.post(ago, 400, "purchase", "card", merchant=merchant)

    def blank(self):
        """A merchant without a name."""
        self.accounts.append((self.user_id, "c", "checking", "c", 0, None, None, None, 0))
        for ago in (1, 31, 61):
            self.post(ago, 400, "purchase", "card", merchant=self.random.choice(["", " "]))

    def write(self, database):
        database.execute("INSERT INTO profiles VALUES (?, ?, ?)", (self.user_id, self.user_id, self.employer))
        database.execute("INSERT INTO consent_records VALUES (?, '2020-01-01T00:00:00.000000Z', NULL)", (self.user_id,))
        database.executemany(f"INSERT INTO accounts VALUES ({', '.join('?' * 9)})", self.accounts)
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
