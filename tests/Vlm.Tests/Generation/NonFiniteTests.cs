using TorchSharp;
using TorchSharp.Modules;
using Vlm.Checkpoints;
using Vlm.Generation;
using Vlm.Models;
using Vlm.Models.SmolVlm;
using Vlm.Onnx.Export;
using Vlm.Testing;
using static TorchSharp.torch;

namespace Vlm.Tests.Generation;

/// <summary>Weights and logits that are not finite: never an answer, never a score.</summary>
public sealed class NonFiniteTests : IDisposable
{
    private const string Weight = "model.text_model.layers.1.mlp.up_proj.weight";

    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-nan-").FullName;
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(float.NaN, true, "NaN")]
    [InlineData(float.NaN, false, "NaN")]
    [InlineData(float.PositiveInfinity, true, "an infinity")]
    public void Sampling_stops_with_the_weight_the_prompt_and_the_step(float spoilt, bool greedy, string kind)
    {
        SmolVlmModel model = Spoilt(spoilt);

        var error = Assert.Throws<NonFiniteLogitsException>(() => TinyModel.Policy(model).Sample(
            TinyModel.Prompts(2), 2, new Sampling { MaxNewTokens = 4, Greedy = greedy }, new SampleKey(1, 7)));

        Assert.Equal($"step 7: the logits of token 1 after prompt prompt-0 are not finite: the weights hold {kind} in {Weight}",
            error.Message);
        Assert.Equal((7, $"{kind} in {Weight}"), (error.Step, error.Weight));
    }

    [Fact]
    public async Task A_stream_stops_too()
    {
        TokenPolicy policy = TinyModel.Policy(Spoilt(float.NaN));

        await Assert.ThrowsAsync<NonFiniteLogitsException>(async () =>
        {
            await foreach (int _ in policy.StreamAsync(
                TinyModel.Prompts(1)[0], new Sampling { MaxNewTokens = 4, Greedy = true }, default, TestContext.Current.CancellationToken))
                Assert.Fail("a token came");
        });
    }

    // Finite weights of 1e38 whose products are not.
    [Fact]
    public void An_overflow_is_told_from_a_broken_weight()
    {
        SmolVlmModel model = TinyModel.Create();
        using (no_grad())
            Of(model, "lm_head.weight").mul_(1e38f);

        var error = Assert.Throws<NonFiniteLogitsException>(() => TinyModel.Policy(model).Sample(
            TinyModel.Prompts(1), 1, new Sampling { MaxNewTokens = 4 }, default));

        Assert.Null(error.Weight);
        Assert.EndsWith("the weights are finite, their products are not", error.Message, StringComparison.Ordinal);
    }

    // The last number of an odd count lies behind what is compared many at a time.
    [Theory]
    [InlineData(ScalarType.Float32, float.NaN, "NaN in b")]
    [InlineData(ScalarType.BFloat16, float.NegativeInfinity, "an infinity in b")]
    [InlineData(ScalarType.Float16, float.NaN, "NaN in b")]
    [InlineData(ScalarType.Float64, float.PositiveInfinity, "an infinity in b")]
    [InlineData(ScalarType.Float32, float.MaxValue, null)]
    public void A_folder_is_read_through(ScalarType type, float value, string? found)
    {
        Tensor spoilt = ones(1001);
        spoilt[1000] = value;
        HubFolder.Write(_folder, [], new Dictionary<string, byte[]>(),
            [("a", ones(3).to(type)), ("b", spoilt.to(type)), ("c", arange(5))]);
        using HubFolder folder = HubFolder.Open(_folder);

        Assert.Equal(found, NonFiniteWeights.First(folder));
    }

    [Fact]
    public void Inspection_and_export_name_the_weight()
    {
        const string Name = "model.layers.0.mlp.up_proj.weight";
        using (HubFolder folder = HubFolder.Open(Fixtures.PathOf("tiny_qwen2_5_vl")))
            HubFolder.Write(_folder, folder.Config, folder.SmallFiles(), folder.Names.Select(name =>
                (name, name == Name ? folder.Load(name, CPU).fill_(float.NaN) : folder.Load(name, CPU))));

        var inspected = Assert.Throws<UsageException>(() => ModelFacts.Of(_folder, finite: true));
        var exported = Assert.Throws<UsageException>(() => OnnxExport.Write(
            VlmCheckpoint.Load(_folder, CPU), Path.Combine(_folder, "out"), new ExportOptions()));

        Assert.Equal($"the weights hold NaN in {Name}", inspected.Message);
        Assert.Equal(inspected.Message, exported.Message);
        Assert.False(Directory.Exists(Path.Combine(_folder, "out")));
    }

    private static SmolVlmModel Spoilt(float value)
    {
        SmolVlmModel model = TinyModel.Create();
        using IDisposable off = no_grad();
        Of(model, Weight)[3, 5] = value;
        return model;
    }

    private static Parameter Of(SmolVlmModel model, string name) => model.Parameters.Single(item => item.Name == name).Value;
}
