using TorchSharp;

namespace Vlm.Engine;

/// <summary>Cuts rows of equally large tensors into tiles that stay in the processor's cache between operators.</summary>
internal static class Tiles
{
    // Five float32 pieces of this length fit a second-level cache of 2 MiB. Measured with AdamW over 45 million weights
    // on two cores: 0.20 s a step, against 0.37 s for whole tensors, which also need a temporary copy of the model.
    private const long Elements = 1 << 16;

    private static readonly Operator s_view = new("aten::view");
    private static readonly Operator s_slice = new("aten::slice", "Tensor");

    /// <summary>Calls the action on columns of pieces, about <see cref="Elements"/> long together.</summary>
    /// <param name="rows">Per parameter its weight, gradient and moments: all of one size.</param>
    /// <param name="action">Gets the first tensors of all rows, the second tensors, and so on.</param>
    internal static void ForEach(torch.Tensor[][] rows, Action<torch.Tensor[][]> action)
    {
        var small = new List<torch.Tensor[]>();
        long filled = 0;
        foreach (torch.Tensor[] row in rows)
        {
            long size = row[0].numel();
            if (size > Elements && Array.TrueForAll(row, tensor => tensor.is_contiguous()))
            {
                Cut(row, size, action);
                continue;
            }
            small.Add(row);
            if ((filled += size) >= Elements)
                Flush();
        }
        Flush();

        void Flush()
        {
            if (small.Count > 0)
                Run(Columns(small), action);
            small.Clear();
            filled = 0;
        }
    }

    internal static torch.Tensor[][] Columns(IReadOnlyList<torch.Tensor[]> rows) =>
        [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Select(row => row[column]).ToArray())];

    private static void Cut(torch.Tensor[] row, long size, Action<torch.Tensor[][]> action)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor[] flat = Array.ConvertAll(row, tensor => s_view.Call(tensor, (long[])[-1]));
        for (long start = 0; start < size; start += Elements)
        {
            using DisposeScope piece = torch.NewDisposeScope();
            action(Array.ConvertAll(flat, tensor => (torch.Tensor[])[s_slice.Call(tensor, 0L, start, start + Elements)]));
        }
    }

    private static void Run(torch.Tensor[][] columns, Action<torch.Tensor[][]> action)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        action(columns);
    }
}
