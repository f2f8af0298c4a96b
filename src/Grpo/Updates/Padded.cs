using TorchSharp;

namespace Vlm.Grpo;

/// <summary>Rows of different lengths as one tensor.</summary>
internal static class Padded
{
    /// <summary>[B, T] with zeros on the right.</summary>
    /// <param name="rows">B rows of at most T numbers.</param>
    /// <param name="like">[B, T]; gives T, the element type and the device.</param>
    public static torch.Tensor Of(IReadOnlyList<float[]> rows, torch.Tensor like)
    {
        int width = (int)like.shape[1];
        if (like.shape[0] != rows.Count || rows.Any(row => row.Length > width))
            throw new ArgumentException(
                $"{rows.Count} rows of up to {rows.Max(row => row.Length)} actions do not fit "
                + $"[{like.shape[0]}, {width}]");

        var flat = new float[rows.Count * width];
        foreach ((int i, float[] row) in rows.Index())
            row.CopyTo(flat, i * width);
        return torch.tensor(flat, [rows.Count, width]).to(like.dtype, like.device);
    }
}
