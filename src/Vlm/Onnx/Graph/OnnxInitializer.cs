using TorchSharp;

namespace Vlm.Onnx.Graph;

/// <summary>Numbers that are stored with the graph.</summary>
/// <param name="Value">What nodes refer to.</param>
/// <param name="Dims">Sizes of the dimensions.</param>
/// <param name="Write">Puts the bytes, as many as <see cref="Bytes"/> says, into a stream.</param>
internal sealed record OnnxInitializer(OnnxValue Value, IReadOnlyList<long> Dims, Action<Stream> Write)
{
    private const int ChunkBytes = 1 << 24;

    public long Bytes { get; } = Dims.Aggregate(1L, (product, size) => checked(product * size)) * Value.Type.Size();

    // Piece by piece, so that at most one tensor more than the model's own is in memory.
    public static void Stream(Stream file, string name, OnnxType type, OnnxWeight weight)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable constant = torch.no_grad();
        torch.Tensor value = weight.Value();
        if (!value.shape.AsSpan().SequenceEqual([.. weight.Shape]))
            throw new ArgumentException($"'{name}' has another shape than was said", nameof(weight));

        torch.Tensor flat = value.detach().contiguous().view(-1);
        long step = ChunkBytes / type.Size();
        for (long at = 0; at < flat.numel(); at += step)
        {
            using DisposeScope piece = torch.NewDisposeScope();
            torch.Tensor part = flat.narrow(0, at, Math.Min(step, flat.numel() - at));
            torch.Tensor stored = part.to(type.Torch()).cpu();
            if (type == OnnxType.Float16 && stored.isinf().any().item<bool>() && !part.isinf().any().item<bool>())
                throw new OnnxGraphException("Cast", name,
                    "a weight is beyond 65504, the largest float16; export in fp32");
            file.Write(stored.bytes);
        }
    }
}
