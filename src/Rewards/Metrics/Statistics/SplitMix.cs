namespace Vlm.Rewards;

/// <summary>Random numbers that depend on nothing but the seed: the same intervals in every process.</summary>
/// <remarks>SplitMix64: Steele, Lea and Flood 2014, https://doi.org/10.1145/2660193.2660195.</remarks>
internal struct SplitMix(long seed)
{
    private ulong _state = (ulong)seed;

    /// <summary>Uniform in 0 .. <paramref name="bound"/> - 1.</summary>
    public int Next(int bound) => (int)Math.BigMul(NextBits(), (ulong)bound, out _);

    private ulong NextBits()
    {
        _state += 0x9E37_79B9_7F4A_7C15;
        ulong bits = (_state ^ (_state >> 30)) * 0xBF58_476D_1CE4_E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D0_49BB_1331_11EB;
        return bits ^ (bits >> 31);
    }
}
