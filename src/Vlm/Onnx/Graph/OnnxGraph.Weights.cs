using System.Security.Cryptography;
using TorchSharp;

namespace Vlm.Onnx.Graph;

public sealed partial class OnnxGraph
{
    private const int PrintElements = 256;

    private readonly List<OnnxInitializer> _initializers = [];
    private readonly Dictionary<string, OnnxValue> _constants = [];
    private readonly Dictionary<string, List<(OnnxValue Value, OnnxWeight Weight)>> _weights = [];

    /// <summary>A list of integers, [n] of Int64. The same content is stored once.</summary>
    public OnnxValue Constant(long[] values) =>
        Constant(OnnxType.Int64, [values.Length], values.SelectMany(BitConverter.GetBytes));

    /// <summary>A small tensor of any shape, copied now. The same content is stored once.</summary>
    /// <param name="value">Float32, float16, float64, int64, int32, int8, uint8 or bool.</param>
    public OnnxValue Constant(torch.Tensor value)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return Constant(OnnxTypes.Of(value.dtype), value.shape, value.detach().cpu().contiguous().bytes.ToArray());
    }

    /// <summary>One integer, [] of Int64.</summary>
    public OnnxValue Scalar(long value) => Constant(OnnxType.Int64, [], BitConverter.GetBytes(value));

    /// <summary>One number, [] of a type.</summary>
    public OnnxValue Scalar(double value, OnnxType type) => Constant(type, [], type switch
    {
        OnnxType.Float => BitConverter.GetBytes((float)value),
        OnnxType.Float16 => BitConverter.GetBytes((Half)value),
        OnnxType.Double => BitConverter.GetBytes(value),
        OnnxType.Int64 => BitConverter.GetBytes(checked((long)value)),
        OnnxType.Int32 => BitConverter.GetBytes(checked((int)value)),
        _ => [checked((byte)value)],
    });

    /// <summary>A weight as it is.</summary>
    /// <param name="name">Put behind the scope with a dot, as checkpoints name their tensors.</param>
    /// <param name="weight">
    /// Its values. They are looked at now, to store equal weights once, and read when the file is written.
    /// </param>
    /// <param name="type">In which it is stored; <see cref="Activations"/> if none is given.</param>
    public OnnxValue Weight(string name, OnnxWeight weight, OnnxType? type = null)
    {
        OnnxType stored = type ?? Activations;
        List<(OnnxValue Value, OnnxWeight Weight)> candidates = Candidates(stored, weight);
        foreach ((OnnxValue known, OnnxWeight other) in candidates)
            if (SameContent(weight, other))
                return known;

        string full = Unique(_scopes.TryPeek(out string? scope) ? $"{scope}.{name}" : name);
        var value = new OnnxValue(this, full, stored, [.. weight.Shape.Select(OnnxDim.FromInt64)]);
        _initializers.Add(new OnnxInitializer(value, weight.Shape,
            file => OnnxInitializer.Stream(file, full, stored, weight)));
        candidates.Add((value, weight));
        return value;
    }

    internal OnnxValue Like(OnnxValue value, double number) => Scalar(number, value.Type);

    private OnnxValue Constant(OnnxType type, IReadOnlyList<long> dims, IEnumerable<byte> content)
    {
        byte[] bytes = [.. content];
        string key = $"{type} {string.Join(',', dims)} {Convert.ToHexString(SHA256.HashData(bytes))}";
        if (_constants.TryGetValue(key, out OnnxValue? known))
            return known;

        var value = new OnnxValue(this, Unique("constant"), type, [.. dims.Select(OnnxDim.FromInt64)]);
        _initializers.Add(new OnnxInitializer(value, dims, file => file.Write(bytes)));
        return _constants[key] = value;
    }

    // Weights that begin alike; whether they are alike is then looked at in full.
    private List<(OnnxValue Value, OnnxWeight Weight)> Candidates(OnnxType type, OnnxWeight weight)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable constant = torch.no_grad();
        torch.Tensor flat = weight.Value().detach().reshape(-1);
        torch.Tensor start = flat.narrow(0, 0, Math.Min(PrintElements, flat.numel())).cpu().contiguous();
        string print = Convert.ToHexString(SHA256.HashData(start.bytes));
        string key = $"{type} {start.dtype} {string.Join(',', weight.Shape)} {print}";
        if (!_weights.TryGetValue(key, out List<(OnnxValue Value, OnnxWeight Weight)>? candidates))
            _weights[key] = candidates = [];
        return candidates;
    }

    private static bool SameContent(OnnxWeight a, OnnxWeight b)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable constant = torch.no_grad();
        return a.Value().eq(b.Value()).all().item<bool>();
    }
}
