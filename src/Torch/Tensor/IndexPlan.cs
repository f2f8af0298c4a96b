using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>Turns what stands between brackets into a view and, where tensors choose, their choosers.</summary>
internal static class IndexPlan
{
    /// <returns>A view to dispose, and for each of its dimensions a chooser or null; empty without choosers.</returns>
    internal static (Tensor View, Tensor?[] Chosen) Apply(Tensor tensor, TensorIndex[] indices)
    {
        Tensor view = tensor.alias();
        var chosen = new List<Tensor?>();
        int dim = 0;
        foreach (TensorIndex index in indices)
        {
            Tensor before = view;
            (view, int used) = Step(before, index, dim, indices, tensor, chosen);
            if (!ReferenceEquals(before, view))
                before.Dispose();
            dim += used;
        }
        return (view, chosen.Exists(one => one is not null) ? [.. chosen] : []);
    }

    /// <summary>One index: the view it leaves, and how many dimensions of that view it has dealt with.</summary>
    private static (Tensor View, int Used) Step(
        Tensor view, TensorIndex index, int dim, TensorIndex[] all, Tensor whole, List<Tensor?> chosen)
    {
        switch (index.Kind)
        {
            case IndexKind.Single:
                return (view.select(dim, index.First ?? 0), 0);
            case IndexKind.None:
                return (view.unsqueeze(dim), Skip(chosen, 1));
            case IndexKind.Ellipsis:
                return (view, Skip(chosen, Math.Max(0, whole.Rank - all.Sum(Takes))));
            case IndexKind.Slice:
                bool everything = index is { First: null or 0, Stop: null, Step: null or 1 };
                return (everything ? view : Sliced(view, dim, index), Skip(chosen, 1));
            case IndexKind.Bool:
                chosen.Add(index.First == 1 ? zeros([1], ScalarType.Int64) : empty([0], ScalarType.Int64));
                return (view.unsqueeze(dim), 1);
            default:
                chosen.Add(index.Mask);
                return (view, Takes(index));
        }
    }

    private static Tensor Sliced(Tensor view, int dim, TensorIndex index) =>
        view.slice(dim, index.First ?? 0, index.Stop ?? long.MaxValue, index.Step ?? 1);

    /// <summary>How many dimensions of the indexed tensor the index stands for.</summary>
    private static int Takes(TensorIndex index) => index.Kind switch
    {
        IndexKind.Single or IndexKind.Slice => 1,
        IndexKind.Tensor => index.Mask!.dtype is ScalarType.Bool or ScalarType.Byte ? index.Mask.Rank : 1,
        _ => 0,
    };

    private static int Skip(List<Tensor?> chosen, int count)
    {
        for (int i = 0; i < count; i++)
            chosen.Add(null);
        return count;
    }

    /// <summary>What is written: a single number in the type of the tensor it goes to.</summary>
    internal static Tensor Given(Tensor value, Tensor view, bool chosen) =>
        value.dim() == 0 ? value.to(view.dtype) : Trimmed(value, chosen ? int.MaxValue : view.Rank);

    /// <summary>Without leading dimensions of 1 beyond the given number, which broadcasting would refuse.</summary>
    private static Tensor Trimmed(Tensor value, int dims)
    {
        Tensor trimmed = value.alias();
        while (trimmed.Rank > dims && trimmed.shape[0] == 1)
        {
            Tensor before = trimmed;
            trimmed = before.squeeze(0);
            before.Dispose();
        }
        return trimmed;
    }
}
