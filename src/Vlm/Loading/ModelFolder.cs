using Microsoft.Extensions.Logging;
using TorchSharp;
using Vlm.Engine;
using Vlm.LatentActions;
using Vlm.Lora;
using Vlm.Models;
using Vlm.Onnx.Runtime;

namespace Vlm.Loading;

/// <summary>Tells what kind of folder it is, and loads it.</summary>
internal static class ModelFolder
{
    /// <inheritdoc cref="VisionLanguageModel.Load"/>
    internal static ILoadedModel Load(string folder, LoadOptions options, ILogger? logger)
    {
        NativeLibraries.Require();
        if (OnnxCheckpoint.IsAt(folder))
            return Graphs(folder, options, logger);
        torch.Device device = Devices.Choose(options.Device);
        return !options.Tokens && LatentCheckpoint.IsAt(folder)
            ? Codes(folder, options, device, logger) : Tokens(folder, options, device, logger);
    }

    private static TokenModel Tokens(string folder, LoadOptions options, torch.Device device, ILogger? logger)
    {
        VlmCheckpoint checkpoint = VlmCheckpoint.Read(
            folder, device, options.Precision.ScalarType(), logger, options.Adapter ?? options.RoomFor, options.StatesOnly);
        try
        {
            if (options.Adapter is { } adapter)
            {
                LoraAdapter.Load(checkpoint.Model, adapter, checkpoint.Canonical, folder, freeze: false);
                LoraAdapter.Merge(checkpoint.Model);
            }
            return new TokenModel(checkpoint);
        }
        catch
        {
            checkpoint.Model.Dispose();
            throw;
        }
    }

    private static CodeModel Codes(string folder, LoadOptions options, torch.Device device, ILogger? logger)
    {
        const string fix = "Tokens = true, which answers with the base's own tokens";
        if (options.Adapter is { } adapter)
            throw new UsageException("an adapter changes the base, and the codes are those of the base as it was",
                $"LoadOptions.Adapter = {adapter}, {folder}", fix);
        LatentProgress.CheckActs(folder, fix);
        return new CodeModel(
            LatentCheckpoint.Load(folder, device, options.Precision.ScalarType(), logger), options.Codes);
    }

    private static GraphModel Graphs(string folder, LoadOptions options, ILogger? logger)
    {
        if (options.Adapter is not null || options.Precision != default)
            throw new UsageException("exported graphs run as they were written, with their adapter and in their precision",
                $"LoadOptions.{(options.Adapter is not null ? $"Adapter = {options.Adapter}" : $"Precision = {options.Precision}")}",
                "the defaults, or the checkpoint that was exported");
        var graphs = OnnxCheckpoint.Load(folder);
        if (options.Tokens && graphs.Codes is not null)
        {
            graphs.Dispose();
            throw OptionException.Breaks(
                nameof(LoadOptions.Tokens), true, "must be false with graphs that act through codes alone", false);
        }
        if (graphs.Processor.Template.Warning is { } warning)
            logger.Line(warning);
        return new GraphModel(graphs, folder);
    }
}
