using System.Numerics;

namespace Vlm.Rewards;

/// <summary>What a term is made of besides its factor.</summary>
/// <param name="Root">Below the square root: at least 1, without square factors.</param>
/// <param name="Letters">Letters in order, each as often as its power: "xxy". Pi is one of them.</param>
internal readonly record struct MathUnit(long Root, string Letters)
{
    public static MathUnit One { get; } = new(1, "");
}

/// <summary>
/// A sum of rational multiples of square roots and products of letters, which is the same for equal values: <c>\sqrt{3}/2</c>,
/// <c>2x + 1</c>, <c>\pi/4</c>. What it cannot hold, and what would grow too large, is null.
/// </summary>
internal sealed class MathSum
{
    private const int MostTerms = 64, MostLetters = 32;
    private const long MostBits = 2048, MostRoot = 1_000_000_000_000;
    private readonly Dictionary<MathUnit, Rational> _terms;

    private MathSum(Dictionary<MathUnit, Rational> terms) => _terms = terms;

    /// <summary>True where no letter but pi is in it.</summary>
    public bool IsNumber => _terms.Keys.All(unit => unit.Letters.All(letter => letter == MathText.Pi));

    /// <summary>The fraction that it is; null where it is none.</summary>
    public Rational? Fraction => _terms.Count == 0 ? Rational.Zero
        : _terms.Count == 1 && _terms.TryGetValue(MathUnit.One, out Rational only) ? only : null;

    public static MathSum Of(Rational number) => Of(MathUnit.One, number);

    public static MathSum Of(char letter) => Of(new MathUnit(1, $"{letter}"), Rational.One);

    /// <summary>Its value; of numbers alone.</summary>
    public double ToDouble() => _terms.Sum(term => term.Value.ToDouble() * Math.Sqrt(term.Key.Root) * Math.Pow(Math.PI, term.Key.Letters.Length));

    public bool Is(MathSum other) => _terms.Count == other._terms.Count
        && _terms.All(term => other._terms.TryGetValue(term.Key, out Rational factor) && factor == term.Value);

    public MathSum Negated() => new(_terms.ToDictionary(term => term.Key, term => -term.Value));

    public MathSum? Plus(MathSum other)
    {
        var sum = new Dictionary<MathUnit, Rational>(_terms);
        foreach ((MathUnit unit, Rational factor) in other._terms)
            Add(sum, unit, factor);
        return Bounded(sum);
    }

    public MathSum? Times(MathSum other)
    {
        var product = new Dictionary<MathUnit, Rational>();
        foreach ((MathUnit a, Rational x) in _terms)
            foreach ((MathUnit b, Rational y) in other._terms)
            {
                if (a.Letters.Length + b.Letters.Length > MostLetters)
                    return null;
                long common = (long)BigInteger.GreatestCommonDivisor(a.Root, b.Root);
                BigInteger root = (BigInteger)(a.Root / common) * (b.Root / common);
                if (root > MostRoot)
                    return null;
                string letters = a.Letters.Length == 0 ? b.Letters : b.Letters.Length == 0 ? a.Letters : string.Concat((a.Letters + b.Letters).Order());
                Add(product, new((long)root, letters), x * y * (BigInteger)common);
            }

        return Bounded(product);
    }

    /// <summary>The quotient where the divisor is one term, or two without letters.</summary>
    public MathSum? Over(MathSum other)
    {
        if (other._terms.Count is 0 or > 2)
            return null;
        if (other._terms.Count == 1)
            return OverOne(other._terms.First());
        MathSum first = new(other._terms.Take(1).ToDictionary()), second = new(other._terms.Skip(1).ToDictionary());
        if (!other.IsNumber || first.Plus(second.Negated()) is not { } conjugate || other.Times(conjugate) is not { Fraction: { IsZero: false } below })
            return null;
        return Times(conjugate)?.Times(Of(below.Inverse()));
    }

    public MathSum? Power(int exponent)
    {
        MathSum? power = Of(Rational.One);
        for (int i = 0; i < Math.Abs(exponent) && power is not null; i++)
            power = power.Times(this);
        return exponent >= 0 || power is null ? power : Of(Rational.One).Over(power);
    }

    /// <summary>The root of a fraction that is not negative: exact for squares and cubes and so on, and a square root of what is left.</summary>
    /// <param name="degree">At least 2.</param>
    public MathSum? Root(int degree)
    {
        if (Fraction is not { } value || value.Above.Sign < 0)
            return null;
        if (degree > 2)
            return Exact(value.Above, degree) is { } above && Exact(value.Below, degree) is { } below ? Of(Rational.Of(above, below)) : null;
        BigInteger inside = value.Above * value.Below;
        if (inside > MostRoot)
            return Exact(value.Above, 2) is { } a && Exact(value.Below, 2) is { } b ? Of(Rational.Of(a, b)) : null;
        (long outside, long left) = Squares((long)inside);
        return Of(new MathUnit(Math.Max(1, left), ""), Rational.Of(outside, value.Below));
    }

    private static MathSum Of(MathUnit unit, Rational factor) =>
        new(factor.IsZero ? [] : new() { [unit] = factor });

    private static void Add(Dictionary<MathUnit, Rational> sum, MathUnit unit, Rational factor)
    {
        Rational total = sum.GetValueOrDefault(unit, Rational.Zero) + factor;
        if (total.IsZero)
            sum.Remove(unit);
        else
            sum[unit] = total;
    }

    private static MathSum? Bounded(Dictionary<MathUnit, Rational> terms) =>
        terms.Count <= MostTerms && terms.Values.All(factor => factor.Bits <= MostBits) ? new(terms) : null;

    // 1 / (q sqrt r) is sqrt r / (q r); the letters must all be there to take away.
    private MathSum? OverOne(KeyValuePair<MathUnit, Rational> divisor)
    {
        var quotient = new Dictionary<MathUnit, Rational>();
        foreach ((MathUnit unit, Rational factor) in _terms)
        {
            string letters = unit.Letters;
            foreach (char letter in divisor.Key.Letters)
                if (letters.IndexOf(letter, StringComparison.Ordinal) is >= 0 and var at)
                    letters = letters.Remove(at, 1);
                else
                    return null;
            quotient[unit with { Letters = letters }] = factor;
        }

        return new MathSum(quotient).Times(Of(divisor.Key with { Letters = "" }, (divisor.Value * (BigInteger)divisor.Key.Root).Inverse()));
    }

    // What comes out of the square root and what stays. Above the cube root of what is left there is room for two primes: they are a square or not.
    private static (long Outside, long Left) Squares(long inside)
    {
        long outside = 1;
        if (inside == 0)
            return (0, 1);
        long left = 1;
        for (long p = 2; p * p * p <= inside; p++)
            for (int power = 1; inside % p == 0; power++)
            {
                inside /= p;
                (outside, left) = power % 2 == 0 ? (outside * p, left / p) : (outside, left * p);
            }

        return Exact(inside, 2) is { } root ? (outside * (long)root, left) : (outside, left * inside);
    }

    private static BigInteger? Exact(BigInteger value, int degree)
    {
        if (value.IsZero || value.GetBitLength() > MostBits)
            return value.IsZero ? value : null;
        BigInteger low = 1, high = BigInteger.One << (int)((value.GetBitLength() / degree) + 1);
        while (low < high)
        {
            BigInteger middle = (low + high) / 2;
            if (BigInteger.Pow(middle, degree) < value)
                low = middle + 1;
            else
                high = middle;
        }

        return BigInteger.Pow(low, degree) == value ? low : null;
    }
}
