using System.Numerics;

namespace Vlm.Rewards;

/// <summary>A fraction in lowest terms, its denominator above 0.</summary>
internal readonly record struct Rational
{
    private Rational(BigInteger above, BigInteger below) => (Above, Below) = (above, below);

    public static Rational Zero { get; } = new(0, 1);

    public static Rational One { get; } = new(1, 1);

    public BigInteger Above { get; }

    public BigInteger Below { get; }

    public bool IsZero => Above.IsZero;

    /// <summary>Digits of both parts together; what is computed with is kept short.</summary>
    public long Bits => Above.GetBitLength() + Below.GetBitLength();

    public static implicit operator Rational(BigInteger whole) => new(whole, 1);

    public static Rational operator +(Rational a, Rational b) => Of((a.Above * b.Below) + (b.Above * a.Below), a.Below * b.Below);

    public static Rational operator -(Rational a) => new(-a.Above, a.Below);

    public static Rational operator *(Rational a, Rational b) => Of(a.Above * b.Above, a.Below * b.Below);

    /// <summary>A fraction; the denominator is not 0.</summary>
    public static Rational Of(BigInteger above, BigInteger below)
    {
        BigInteger common = BigInteger.GreatestCommonDivisor(above, below) * below.Sign;
        return new(above / common, below / common);
    }

    /// <summary>1 / a, of one that is not 0.</summary>
    public Rational Inverse() => Of(Below, Above);

    public double ToDouble() => (double)Above / (double)Below;
}
