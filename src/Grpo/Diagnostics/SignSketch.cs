using TorchSharp;

namespace Vlm.Grpo;

/// <summary>A random projection of long vectors that keeps their scalar products: P numbers become D, whatever P is.</summary>
/// <remarks>
/// <code>
/// sketch[b] = sum over i of sign[i] g[i],  over the i that lie in bucket b          E &lt;sketch f, sketch g&gt; = &lt;f, g&gt;
/// </code>
/// A count sketch: Charikar et al. 2002, https://doi.org/10.1007/3-540-45465-9_59; Weinberger et al. 2009, arXiv:0902.2206, section 2.
/// The variance of |sketch g|^2 is at most 2 |g|^4 / D, as with D dense random directions, which would be D times the work.
/// Buckets are given by rows: D numbers that follow each other lie in D different buckets, turned by a random number for each row. So up
/// to D numbers are only permuted, and nothing is lost; and sums are in one order, the same on every run.
/// </remarks>
internal sealed class SignSketch : IDisposable
{
    // Numbers worked on at once: 32 MiB of places.
    private const long Together = 1L << 22;

    private readonly torch.Tensor _signs, _turns;   // [R, D] of int8, [R, 1]
    private readonly long _directions;

    /// <param name="numbers">P</param>
    /// <param name="directions">D, at least 1.</param>
    /// <param name="seed">Names signs and turns.</param>
    /// <param name="device">Where the vectors are.</param>
    internal SignSketch(long numbers, int directions, long seed, torch.Device device)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numbers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(directions, 1);
        (Numbers, _directions) = (numbers, directions);
        long rows = (numbers + directions - 1) / directions;
        var random = new RandomStream(seed, "sign-sketch", directions);
        long[] turns = [.. Enumerable.Range(0, (int)rows).Select(_ => (long)random.Next(directions))];
        _turns = torch.tensor(turns).to(device).unsqueeze(1).DetachFromDisposeScope();
        _signs = torch.tensor(Signs(random, checked((int)(rows * directions)))).to(device).view(rows, directions).DetachFromDisposeScope();
    }

    /// <summary>P</summary>
    internal long Numbers { get; }

    /// <summary>Projects the vector that parts make one after the other.</summary>
    /// <param name="parts">Of any shape and float type; null for zeros. As many numbers as <paramref name="sizes"/> say.</param>
    /// <param name="sizes">Numbers of each part; P in all.</param>
    /// <returns>[D] in float64, in the caller's dispose scope.</returns>
    internal torch.Tensor Project(IEnumerable<torch.Tensor?> parts, IEnumerable<long> sizes)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable constant = torch.no_grad();
        torch.Tensor sketch = torch.zeros(_directions, dtype: torch.ScalarType.Float64, device: _signs.device);
        long at = 0;
        foreach ((torch.Tensor? part, long size) in parts.Zip(sizes))
        {
            if (part is not null)
                Add(sketch, part.detach().reshape(-1), at);
            at += size;
        }

        return sketch.MoveToOuterDisposeScope();
    }

    private void Add(torch.Tensor sketch, torch.Tensor values, long at)
    {
        long most = Math.Max(1, Together / _directions) * _directions;
        for (long from = 0, size; from < values.shape[0]; from += size)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            size = Math.Min(most - ((at + from) % _directions), values.shape[0] - from);
            sketch.add_(Turned(values.narrow(0, from, size), at + from));
        }
    }

    // [n] numbers that begin at a place of the whole vector -> [D]
    private torch.Tensor Turned(torch.Tensor values, long at)
    {
        long first = at / _directions, before = at % _directions;
        long rows = (before + values.shape[0] + _directions - 1) / _directions;
        torch.Tensor padded = torch.nn.functional.pad(
            values.to(torch.ScalarType.Float32), [before, (rows * _directions) - before - values.shape[0]]).view(rows, _directions);
        torch.Tensor places = (torch.arange(_directions, device: values.device) + _turns.narrow(0, first, rows)).remainder(_directions);
        return (padded * _signs.narrow(0, first, rows)).gather(1, places).sum(0, type: torch.ScalarType.Float64);
    }

    private static sbyte[] Signs(RandomStream random, int count)
    {
        var signs = new sbyte[count];
        ulong bits = 0;
        for (int i = 0; i < count; i++, bits >>= 1)
        {
            if (i % 64 == 0)
                bits = random.NextBits();
            signs[i] = (bits & 1) == 0 ? (sbyte)-1 : (sbyte)1;
        }

        return signs;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _signs.Dispose();
        _turns.Dispose();
    }
}
