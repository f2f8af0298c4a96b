using System.Globalization;

namespace Vlm.Text.Jinja;

/// <summary>Python's operators on values.</summary>
internal static class Operators
{
    public static object? Binary(string symbol, object? left, object? right, Budget budget)
    {
        if (symbol == "~")
            return Join(Value.Text(left, budget), Value.Text(right, budget), budget);
        if (symbol == "%" && left is string format)
            return Formatting.Percent(format, right, budget);

        (left, right) = (Value.Number(left), Value.Number(right));
        return (symbol, left, right) switch
        {
            (_, Undefined undefined, _) => throw new TemplateFault(undefined.Reason),
            (_, _, Undefined undefined) => throw new TemplateFault(undefined.Reason),
            ("+", string a, string b) => Join(a, b, budget),
            ("+", List<object?> a, List<object?> b) => Joined(a, b, budget),
            ("*", string text, long count) => Repeat(text, count, budget),
            ("*", long count, string text) => Repeat(text, count, budget),
            ("*", List<object?> list, long count) => Repeat(list, count, budget),
            (_, long a, long b) => Whole(symbol, a, b),
            (_, long or double, long or double) => Real(symbol, ToDouble(left), ToDouble(right)),
            _ => throw new TemplateFault(
                $"'{symbol}' does not work on a {Value.TypeName(left)} and a {Value.TypeName(right)}"),
        };
    }

    public static object Negative(object? value) => Value.Number(value) switch
    {
        long number and not long.MinValue => (object)-number,
        double number => -number,
        _ => throw new TemplateFault($"'-' does not work on a {Value.TypeName(value)}"),
    };

    public static bool Compare(string symbol, object? left, object? right, Budget budget) => symbol switch
    {
        "==" => Same(left, right, budget),
        "!=" => !Same(left, right, budget),
        "in" => Contains(right, left, budget),
        "not in" => !Contains(right, left, budget),
        "<" => Order(left, right, budget) < 0,
        "<=" => Order(left, right, budget) <= 0,
        ">" => Order(left, right, budget) > 0,
        _ => Order(left, right, budget) >= 0,
    };

    public static bool Same(object? left, object? right, Budget budget)
    {
        budget.Enter();
        bool same = (Value.Number(left), Value.Number(right)) switch
        {
            (Undefined, Undefined) => true,
            (string a, string b) => SameText(a, b, budget),
            (long a, long b) => a == b,
            (long or double, long or double) => ToDouble(left) == ToDouble(right),
            (List<object?> a, List<object?> b) => a.Count == b.Count
                && a.Zip(b).All(pair => Same(pair.First, pair.Second, budget)),
            (Table a, Table b) => a.Count == b.Count && a.All(e => b.TryGetValue(e.Key, out object? other)
                && Same(e.Value, other, budget)),
            var (a, b) => ReferenceEquals(a, b),
        };
        budget.Leave();
        return same;
    }

    /// <summary>Below, at or above 0 as left comes before, with or after right.</summary>
    public static int Order(object? left, object? right, Budget budget)
    {
        budget.Step();
        return (Value.Number(left), Value.Number(right)) switch
        {
            (string a, string b) => OrderTexts(a, b, budget),
            (long a, long b) => a.CompareTo(b),
            (long or double, long or double) => ToDouble(left).CompareTo(ToDouble(right)),
            (Undefined undefined, _) => throw new TemplateFault(undefined.Reason),
            (_, Undefined undefined) => throw new TemplateFault(undefined.Reason),
            _ => throw new TemplateFault(
                $"a {Value.TypeName(left)} and a {Value.TypeName(right)} have no order"),
        };
    }

    public static bool Contains(object? whole, object? part, Budget budget)
    {
        switch (whole)
        {
            case string text:
                budget.Size(text.Length);
                return part is string wanted ? text.Contains(wanted, StringComparison.Ordinal)
                    : throw new TemplateFault($"a {Value.TypeName(part)} cannot be in a text");
            case Table table:
                return part is string or long or bool && table.ContainsKey(part);
            case Space or Function or null or bool or long or double:
                throw new TemplateFault($"'in' does not work on a {Value.TypeName(whole)}");
            default:
                return Value.Items(whole, budget).Any(item => Same(item, part, budget));
        }
    }

    public static double ToDouble(object? number) => Value.Number(number) switch
    {
        long whole => whole,
        double real => real,
        _ => throw new TemplateFault($"a number is expected, not a {Value.TypeName(number)}"),
    };

    public static string Join(string left, string right, Budget budget)
    {
        budget.Size(left.Length + (long)right.Length);
        return left + right;
    }

    private static bool SameText(string left, string right, Budget budget)
    {
        if (left.Length != right.Length)
            return false;
        budget.Size(left.Length / 8);
        return left == right;
    }

    private static int OrderTexts(string left, string right, Budget budget)
    {
        budget.Size(Math.Min(left.Length, right.Length) / 8);
        return string.CompareOrdinal(left, right);
    }

    private static List<object?> Joined(List<object?> left, List<object?> right, Budget budget)
    {
        budget.Size(left.Count + (long)right.Count);
        return [.. left, .. right];
    }

    private static string Repeat(string text, long count, Budget budget)
    {
        budget.Size(Product(text.Length, count));
        return string.Concat(Enumerable.Repeat(text, text.Length == 0 ? 0 : (int)Math.Max(0, count)));
    }

    private static List<object?> Repeat(List<object?> list, long count, Budget budget)
    {
        budget.Size(Product(list.Count, count));
        return [.. Enumerable.Repeat(list, list.Count == 0 ? 0 : (int)Math.Max(0, count)).SelectMany(item => item)];
    }

    private static long Product(long size, long count) =>
        count <= 0 ? 0 : size > long.MaxValue / count ? long.MaxValue : size * count;

    private static object Whole(string symbol, long a, long b)
    {
        if (symbol is "/" or "//" or "%" && b == 0)
            throw new TemplateFault("a division by zero");
        try
        {
            return symbol switch
            {
                "+" => (object)checked(a + b),
                "-" => checked(a - b),
                "*" => checked(a * b),
                "/" => (double)a / b,
                "//" => checked((a / b) - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0)),
                "%" => b == -1 ? 0L : ((a % b) + b) % b,
                _ => b < 0 ? Math.Pow(a, b) : (object)WholePower(a, b),
            };
        }
        catch (OverflowException)
        {
            throw new TemplateFault(string.Create(CultureInfo.InvariantCulture, $"{a} {symbol} {b} is too large"));
        }
    }

    // Past 63 squarings anything but 0, 1 and -1 has overflowed.
    private static long WholePower(long a, long b)
    {
        long result = 1;
        for (long left = b, square = a; left > 0; left >>= 1)
        {
            if ((left & 1) == 1)
                result = checked(result * square);
            if (left > 1)
                square = checked(square * square);
        }

        return result;
    }

    private static double Real(string symbol, double a, double b) => symbol switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "**" => Math.Pow(a, b),
        _ when b == 0 => throw new TemplateFault("a division by zero"),
        "/" => a / b,
        "//" => Math.Floor(a / b),
        _ => a - (Math.Floor(a / b) * b),
    };
}
