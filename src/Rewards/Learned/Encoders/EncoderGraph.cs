using Microsoft.ML.OnnxRuntime;
using Vlm.Onnx.Graph;
using Vlm.Onnx.Runtime;
using static TorchSharp.torch;

namespace Vlm.Rewards.Learned;

/// <summary>One tower as an ONNX graph: batches of inputs to a vector each. Several threads may run it at once.</summary>
internal sealed class EncoderGraph : IDisposable
{
    /// <summary>Where the hub's folders have their graphs.</summary>
    internal const string Folder = "onnx";

    /// <summary>The graphs' files, without ending.</summary>
    internal const string Vision = "vision_model", Text = "text_model";

    /// <summary>Inputs.</summary>
    internal const string Pixels = "pixel_values", Ids = "input_ids", Mask = "attention_mask";

    /// <summary>Outputs: in the space of both towers, and SigLIP's, whose pooled vectors are in it.</summary>
    internal const string ImageEmbeds = "image_embeds", TextEmbeds = "text_embeds", Pooled = "pooler_output";

    private readonly OnnxSession _session;
    private readonly string _output;

    private EncoderGraph(OnnxSession session, string output) => (_session, _output) = (session, output);

    /// <summary>The graph's file.</summary>
    internal string Path => _session.Path;

    /// <summary>Whether it takes a mask beside the ids.</summary>
    internal bool TakesMask => _session.Inputs.Any(input => input.Name == Mask);

    /// <summary>Numbers of a side of the pictures it takes; null where the graph leaves it open.</summary>
    internal (long? Height, long? Width) PixelSize =>
        _session.Inputs.Single(input => input.Name == Pixels).Shape is [_, _, var height, var width] ? (height.Size, width.Size) : (null, null);

    /// <summary>Loads a tower.</summary>
    /// <param name="folder">The encoder's folder, or the folder <c>onnx</c> in it.</param>
    /// <param name="tower"><see cref="Vision"/> or <see cref="Text"/>.</param>
    /// <param name="isSiglip">Its pooled vectors are in the shared space.</param>
    /// <param name="options">Which of the files, and how it runs.</param>
    /// <exception cref="UsageException">There is no such file, or it is no tower that a similarity can be had from.</exception>
    internal static EncoderGraph Load(string folder, string tower, bool isSiglip, ImageTextEncoderOptions options)
    {
        OnnxSession session = OnnxSession.Load(EncoderFiles.Find(folder, tower, options.Variant), options.Runtime);
        try
        {
            CheckInputs(session, tower);
            return new EncoderGraph(session, Output(session, tower, isSiglip));
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Runs one batch of pictures.</summary>
    /// <param name="values">[B, 3, H, W]</param>
    internal float[][] Run(Tensor values) => Rows(new() { [Pixels] = values }, (int)values.shape[0]);

    /// <summary>Runs one batch of texts.</summary>
    /// <param name="ids">[B, T] of Int64.</param>
    /// <param name="mask">[B, T] of Int64; looked at where the graph takes one.</param>
    internal float[][] Run(Tensor ids, Tensor mask) =>
        Rows(TakesMask ? new() { [Ids] = ids, [Mask] = mask } : new() { [Ids] = ids }, (int)ids.shape[0]);

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private float[][] Rows(Dictionary<string, Tensor> inputs, int count)
    {
        using var scope = NewDisposeScope();
        Dictionary<string, OrtValue> values = inputs.ToDictionary(item => item.Key, item => OnnxTensors.From(item.Value.to(ElementOf(item.Key))));
        try
        {
            using OnnxValues found = _session.Run(values, _output);
            Tensor rows = found[_output].ToTorch().to(ScalarType.Float32);
            if (rows.shape is not [var n, var width] || n != count)
                throw new UsageException(
                    $"the graph gives \"{_output}\" of shape [{string.Join(", ", rows.shape)}] for {count} inputs, and must give a vector for each",
                    Path, "the tower exported with a free batch size");
            return [.. rows.data<float>().ToArray().Chunk((int)width)];
        }
        finally
        {
            foreach (OrtValue value in values.Values)
                value.Dispose();
        }
    }

    private ScalarType ElementOf(string input) => _session.Inputs.Single(item => item.Name == input).Element.Torch();

    private static void CheckInputs(OnnxSession session, string tower)
    {
        (string needed, string[] known) = tower == Vision ? (Pixels, (string[])[Pixels]) : (Ids, [Ids, Mask]);
        string[] given = [.. session.Inputs.Select(input => input.Name)];
        if (!given.Contains(needed) || given.Except(known).Any())
            throw new UsageException(
                $"the graph takes {Quoted(given)}, and {tower} must take {Quoted(known)}", session.Path,
                "an export of the two towers apart, as transformers.js uses them");
    }

    private static string Output(OnnxSession session, string tower, bool isSiglip)
    {
        string own = tower == Vision ? ImageEmbeds : TextEmbeds;
        string[] given = [.. session.Outputs.Select(output => output.Name)];
        return given.Contains(own) ? own
            : isSiglip && given.Contains(Pooled) ? Pooled
            : throw new UsageException(
                $"the graph gives {Quoted(given)}, and {tower} must give \"{own}\"", session.Path,
                "an export with the projection to the shared space: CLIPVisionModelWithProjection and CLIPTextModelWithProjection");
    }

    private static string Quoted(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"\"{name}\""));
}
