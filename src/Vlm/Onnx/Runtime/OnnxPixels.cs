namespace Vlm.Onnx.Runtime;

/// <summary>The pixels of all prompts, as the graph of the tower takes them.</summary>
internal sealed record OnnxPixels(IReadOnlyDictionary<string, OnnxTensor> Inputs) : IDisposable
{
    /// <summary>Null where no prompt has a picture.</summary>
    public static OnnxPixels? Of(PromptBatch batch, OnnxSession tower)
    {
        PixelInput[] inputs = [.. batch.Prompts.Select(prompt => prompt.Pixels).OfType<PixelInput>()];
        if (inputs.Length == 0)
            return null;

        float[] values = [.. inputs.SelectMany(input => input.Values)];
        long[] shape = [inputs.Sum(input => input.Shape[0]), .. inputs[0].Shape.AsSpan(1)];
        bool frames = shape.Length == 4;
        string second = tower.Inputs.First(input => input.Name != "pixel_values").Name;
        return new OnnxPixels(new Dictionary<string, OnnxTensor>
        {
            ["pixel_values"] = Floats(tower, values, frames ? [1, .. shape] : shape),
            [second] = frames ? Valid(inputs, shape) : Grids(inputs),
        });
    }

    public void Dispose()
    {
        foreach (OnnxTensor input in Inputs.Values)
            input.Dispose();
    }

    private static OnnxTensor Floats(OnnxSession tower, float[] values, long[] shape) =>
        tower.Inputs.Single(input => input.Name == "pixel_values").Element == OnnxElement.Float16
            ? OnnxTensor.From<Half>(Array.ConvertAll(values, value => (Half)value), shape)
            : OnnxTensor.From<float>(values, shape);

    // [1, F, H, W]
    private static OnnxTensor Valid(PixelInput[] inputs, long[] shape)
    {
        long one = shape[2] * shape[3];
        bool[] valid = [.. inputs.SelectMany(input =>
            input.Valid ?? Enumerable.Repeat(true, (int)(input.Shape[0] * one)))];
        return OnnxTensor.From<bool>(valid, 1, shape[0], shape[2], shape[3]);
    }

    // [images, 3]
    private static OnnxTensor Grids(PixelInput[] inputs)
    {
        long[] grids = [.. inputs.SelectMany(input => input.Grid)];
        return OnnxTensor.From<long>(grids, grids.Length / 3, 3);
    }
}
