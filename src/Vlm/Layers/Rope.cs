using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>The rotation of queries and keys by their positions, ready to apply.</summary>
/// <remarks>
/// Su et al. 2021, https://arxiv.org/abs/2104.09864, section 3.4.2, in the split-half form of Llama checkpoints: channel i
/// turns with channel i + d/2. The sine carries the sign of that half, so a turn is x * cos + roll(x, d/2) * sin.
/// </remarks>
/// <param name="Cos">[N, T, 1, d]</param>
/// <param name="Sin">[N, T, 1, d], negative in the first half.</param>
public sealed record Rope(Tensor Cos, Tensor Sin)
{
    /// <summary>The rotation for positions on one axis.</summary>
    /// <param name="positions">[N, T], any number type; computed in float32.</param>
    /// <param name="headWidth">d, even.</param>
    /// <param name="theta">The base of the geometric row of wavelengths.</param>
    /// <param name="scaling">How they are stretched; null for not at all.</param>
    public static Rope At(Tensor positions, int headWidth, double theta, RopeScaling? scaling = null)
    {
        Tensor inverse = InverseFrequencies(headWidth, theta, positions.device, scaling);    // [d/2]
        Tensor angles = positions.to(ScalarType.Float32).unsqueeze(-1) * inverse;            // [N, T, d/2]
        return FromAngles(angles, scaling);
    }

    /// <summary>The rotation by angles, each used by a pair of channels.</summary>
    /// <param name="angles">[N, T, d/2] in radians.</param>
    /// <param name="scaling">Has a factor for sines and cosines; null for none.</param>
    public static Rope FromAngles(Tensor angles, RopeScaling? scaling = null)
    {
        (Tensor cosine, Tensor sine) = (angles.cos(), angles.sin());
        if (scaling is { AttentionFactor: not 1 and var factor })
            (cosine, sine) = (cosine * factor, sine * factor);
        return new Rope(cat([cosine, cosine], -1).unsqueeze(2), cat([-sine, sine], -1).unsqueeze(2));
    }

    /// <summary>
    /// theta^(-2i/d) for i = 0 .. d/2 - 1, stretched where a scaling says so; in float32 throughout as the reference
    /// computes it.
    /// </summary>
    public static Tensor InverseFrequencies(int headWidth, double theta, Device device, RopeScaling? scaling = null)
    {
        Tensor exponents = arange(0, headWidth, 2, dtype: ScalarType.Float32) / headWidth;
        Tensor plain = 1 / pow(theta, exponents);
        return (scaling is null ? plain : tensor(scaling.Apply(plain.data<float>().ToArray(), theta))).to(device);
    }

    /// <summary>Turns each head's vector by its position.</summary>
    /// <param name="x">[N, T, heads, d]</param>
    public Tensor Rotate(Tensor x)
    {
        if (x.dtype == ScalarType.Float32)
            return addcmul(x * Cos, x.roll(Cos.shape[^1] / 2, -1), Sin, 1);

        Tensor wide = x.to(ScalarType.Float32);
        return addcmul(wide * Cos, wide.roll(Cos.shape[^1] / 2, -1), Sin, 1).to(x.dtype);
    }
}
