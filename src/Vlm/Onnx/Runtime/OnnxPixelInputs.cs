using Microsoft.ML.OnnxRuntime;
using Vlm.Onnx.Graph;
using static TorchSharp.torch;

namespace Vlm.Onnx.Runtime;

/// <summary>The pixels of all prompts, as the graph of the tower takes them.</summary>
internal sealed record OnnxPixelInputs(IReadOnlyDictionary<string, OrtValue> Inputs) : IDisposable
{
    /// <summary>Null where no prompt has an image.</summary>
    public static OnnxPixelInputs? Of(PromptBatch batch, OnnxSession tower)
    {
        PixelInput[] inputs = [.. batch.Prompts.Select(prompt => prompt.Pixels).OfType<PixelInput>()];
        if (inputs.Length == 0)
            return null;

        float[] values = [.. inputs.SelectMany(input => input.Values())];
        long[] shape = [inputs.Sum(input => input.Shape[0]), .. inputs[0].Shape.AsSpan(1)];
        bool frames = shape.Length == 4;
        string second = tower.Inputs.First(input => input.Name != "pixel_values").Name;
        return new OnnxPixelInputs(new Dictionary<string, OrtValue>
        {
            ["pixel_values"] = Floats(tower, values, frames ? [1, .. shape] : shape),
            [second] = frames ? Valid(inputs, shape) : Grids(inputs),
        });
    }

    public void Dispose()
    {
        foreach (OrtValue input in Inputs.Values)
            input.Dispose();
    }

    // Where they lie, unless the graph takes another type.
    private static OrtValue Floats(OnnxSession tower, float[] values, long[] shape)
    {
        OnnxType type = tower.Inputs.Single(input => input.Name == "pixel_values").Element;
        if (type == OnnxType.Float)
            return OrtValue.CreateTensorValueFromMemory(values, shape);
        using Tensor pixels = tensor(values, shape);
        using Tensor rounded = pixels.to(type.Torch());
        return OnnxTensors.From(rounded);
    }

    // [1, F, H, W]
    private static OrtValue Valid(PixelInput[] inputs, long[] shape)
    {
        long one = shape[2] * shape[3];
        bool[] valid = [.. inputs.SelectMany(input =>
            input.Valid ?? Enumerable.Repeat(true, (int)(input.Shape[0] * one)))];
        return OrtValue.CreateTensorValueFromMemory(valid, [1, shape[0], shape[2], shape[3]]);
    }

    // [images, 3]
    private static OrtValue Grids(PixelInput[] inputs)
    {
        long[] grids = [.. inputs.SelectMany(input => input.Grid)];
        return OrtValue.CreateTensorValueFromMemory(grids, [grids.Length / 3, 3]);
    }
}
