using System.Reflection;
using System.Text.RegularExpressions;
using TorchSharp;
using Vlm.Checkpoints;

namespace Recipes.Tests;

/// <summary>Where tensors are is the caller's choice: nothing falls to the processor because nobody said.</summary>
public partial class DeviceTests
{
    // What may name the processor, and why.
    private static readonly Dictionary<string, string> Named = new()
    {
        ["src/Vlm/Engine/Devices.cs"] = "it gives the names of --device their meaning",
        ["src/Vlm/Engine/SelfCheck.cs"] = "it asks every device, the processor first",
        ["src/Vlm/Engine/Weights.cs"] = "the plan outside of any load, of layers that tests build",
        ["src/Vlm/Checkpoints/TensorReader.cs"] = "files are read into memory, and from there copied to the device",
        ["src/Vlm/Merging/CheckpointMerge.cs"] = "a weight of each model is summed in memory, on its way from files to a file",
        ["src/Vlm/Merging/MergeSources.cs"] = "adapters are merged in memory, on their way from files to a file",
        ["src/Vlm/Lora/WholeLayers.cs"] = "two tensors of a file are compared in memory before either is put on a device",
        ["src/Vlm/Parity/ParityCase.cs"] = "recordings stay in memory, where results are compared with them",
        ["src/Vlm/Models/QwenVl/QwenVlModel.cs"] = "positions shown to whoever traces",
        ["src/Vlm/Onnx/Export/DecoderGraph.cs"] = "constants written into a graph",
        ["src/Vlm/Models/QwenVl/Export/PatchCoordinates.cs"] = "constants written into a graph",
        ["src/Vlm/Onnx/Runtime/OnnxTokenDecoder.cs"] = "ONNX Runtime's outputs come back to memory",
        ["src/Vlm/Onnx/Runtime/OnnxCodeDecoder.cs"] = "ONNX Runtime's outputs come back to memory",
        ["src/Vlm/Onnx/Runtime/OnnxModel.cs"] = "ONNX Runtime's inputs are in memory",
        ["src/Vlm/Onnx/Runtime/OnnxSampler.cs"] = "ONNX Runtime's outputs come back to memory",
    };

    [Fact]
    public void No_recipe_and_no_source_but_those_with_a_reason_names_a_device()
    {
        string[] folders = ["src", "recipes", "datasets"];
        string[] sources = [.. folders.SelectMany(folder => Repository.Files(folder, ".cs"))];
        Assert.True(sources.Length > 250, $"only {sources.Length} source files found");

        string[] naming = [.. sources.Where(path => File.ReadLines(Repository.PathOf(path)).Any(NamesDevice))];
        Assert.Contains("src/Vlm/Engine/Devices.cs", naming);
        Assert.Empty(naming.Except(Named.Keys));
    }

    [Theory]
    [InlineData("    VlmCheckpoint.Load(start, torch.CPU);", true)]
    [InlineData("    using var kept = new KeptTensors(device ?? CPU);", true)]
    [InlineData("    var model = Load(path, new Device(\"cpu\"));", true)]
    [InlineData("    torch.Device first = torch.device(\"cuda:0\");", true)]
    [InlineData("    // the CPU's memory", false)]
    [InlineData("    return lengths.to(CPU);   // results are read here", false)]
    [InlineData("    if (host.device_type == DeviceType.CPU)", false)]
    public void Naming_a_device_is_told_from_reading_back_and_from_asking(string line, bool names) =>
        Assert.Equal(names, NamesDevice(line));

    // Whoever makes something on a device is asked for it: a default would be the processor.
    [Fact]
    public void No_device_is_optional()
    {
        (MethodBase Method, ParameterInfo Device)[] taking = [.. Methods()
            .SelectMany(method => method.GetParameters()
                .Where(parameter => parameter.ParameterType == typeof(torch.Device))
                .Select(device => (method, device)))];
        Assert.True(taking.Length > 25, $"only {taking.Length} functions take a device");

        Assert.Empty(taking.Where(item => item.Device.IsOptional)
            .Select(item => $"{item.Method.DeclaringType}.{item.Method.Name}"));
    }

    // Into what is there already goes to where that is; recordings stay in memory; ONNX Runtime has a choice of its own; an objective's
    // state is numbers alone.
    [Fact]
    public void Whatever_loads_tensors_is_told_where()
    {
        string[] exempt = ["WeightLoader", "LoraAdapter", "TrainingCheckpoint", "ParityCase", "ObjectiveState"];
        MethodBase[] loads = [.. Methods().Where(method => method.Name == "Load" && HoldsTensors(method)
            && !exempt.Contains(method.DeclaringType!.Name))];

        Assert.Equal(
            ["HubFolder", "LatentCheckpoint", "LoraWeightsFile", "SafetensorsFile", "TrainableModel", "VlmCheckpoint"],
            loads.Select(method => method.DeclaringType!.Name).Distinct().Order(StringComparer.Ordinal));
        Assert.All(loads, method =>
            Assert.Contains(typeof(torch.Device), method.GetParameters().Select(one => one.ParameterType)));
    }

    private static bool HoldsTensors(MethodBase method) =>
        method is MethodInfo { ReturnType: var made } && made.Namespace is "TorchSharp" or "Vlm.Grpo" or "Vlm.Models"
            or "Vlm.LatentActions";

    private static IEnumerable<MethodBase> Methods() =>
        new[] { typeof(HubFolder).Assembly, typeof(Vlm.Grpo.TrainableModel).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMethods(Everything).Cast<MethodBase>().Concat(type.GetConstructors(Everything)))
            .Where(method => method.DeclaringType!.Assembly != typeof(torch).Assembly);

    private const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static
        | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static bool NamesDevice(string line) => NamedDevice().IsMatch(line.Split("//")[0]);

    // Not .to(CPU), which reads a result back, nor DeviceType.CPU, which is asked of a tensor, nor words in a message.
    [GeneratedRegex("""(?<!\.to\()(?<!DeviceType\.)(?<=[ (]|torch\.)CPU\b(?!')|[dD]evice\("(cpu|cuda)""")]
    private static partial Regex NamedDevice();
}
