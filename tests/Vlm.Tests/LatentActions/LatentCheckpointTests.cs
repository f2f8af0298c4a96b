using System.Text.Json.Nodes;
using TorchSharp;
using Vlm.Checkpoints;
using Vlm.LatentActions;
using Vlm.Models;
using Vlm.Models.SmolVlm;
using Vlm.Testing;
using Vlm.Tests.Models;
using static TorchSharp.torch;

namespace Vlm.Tests.LatentActions;

public sealed class LatentCheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-latent-").FullName;
    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string> Folders() => FamilyTests.Folders();

    public void Dispose()
    {
        _scope.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_written_folder_loads_as_the_same_policy_in_every_family(string family)
    {
        LatentCheckpoint latent = TinyLatent.Latent(family);
        var sampling = new Sampling { MaxNewTokens = 5 };
        Rollout[] before = latent.Policy().Sample(TinyLatent.Mixed(latent.Base), 2, sampling, new(1, 2));
        latent.Write(_folder);

        LatentCheckpoint again = LatentCheckpoint.Load(_folder, CPU);
        Rollout[] after = again.Policy().Sample(TinyLatent.Mixed(again.Base), 2, sampling, new(1, 2));

        Assert.True(LatentCheckpoint.IsAt(_folder));
        Assert.False(LatentCheckpoint.IsAt(Fixtures.PathOf(family)));
        Assert.Equal(latent.Modules.Config, again.Modules.Config);
        Assert.Equal(before.SelectMany(rollout => rollout.Actions), after.SelectMany(rollout => rollout.Actions));
        Assert.Equal(before.Select(rollout => rollout.Text), after.Select(rollout => rollout.Text));
        Assert.Equal(before.SelectMany(rollout => rollout.LogProbs), after.SelectMany(rollout => rollout.LogProbs));
    }

    [Fact]
    public void What_was_added_stays_in_float32_beside_a_base_in_half_precision()
    {
        Written().Dispose();

        LatentCheckpoint half = LatentCheckpoint.Load(_folder, CPU, ScalarType.BFloat16);

        Assert.All(half.Base.Model.Parameters, item => Assert.Equal(ScalarType.BFloat16, item.Value.dtype));
        Assert.All(half.Modules.parameters(), value => Assert.Equal(ScalarType.Float32, value.dtype));
    }

    [Fact]
    public void What_reads_model_folders_finds_the_base_alone()
    {
        Written().Dispose();
        VlmCheckpoint vlm = VlmCheckpoint.Load(_folder, CPU);
        string elsewhere = Directory.CreateDirectory(Path.Combine(_folder, "base")).FullName;

        vlm.Write(elsewhere);

        Assert.False(LatentCheckpoint.IsAt(elsewhere));
        Assert.True(File.Exists(Path.Combine(elsewhere, "tokenizer.json")));
    }

    [Fact]
    public void The_seed_names_the_weights_of_a_new_checkpoint()
    {
        VlmCheckpoint vlm = NewBase(_folder, seed: 1);

        float[][] weights = [.. new[] { 7L, 7L, 8L }.Select(seed => LatentCheckpoint
            .New(vlm, TinyLatent.Config, seed).Modules.Codebook.parameters().Single().data<float>().ToArray())];

        Assert.Equal(weights[0], weights[1]);
        Assert.NotEqual(weights[0], weights[2]);
    }

    // One number of one weight is enough to make it another base.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Another_base_is_refused(bool byOneNumber)
    {
        Written().Dispose();
        VlmCheckpoint other = byOneNumber ? VlmCheckpoint.Load(_folder, CPU) : NewBase(Sub("other"), seed: 2);
        using (no_grad())
            if (byOneNumber)
                other.Model.Parameters.Single(item => item.Name.EndsWith("text_model.norm.weight", StringComparison.Ordinal))
                    .Value[3].add_(1e-3);
        string learnedOn = Config()["base_sha256"]!.GetValue<string>();
        other.Write(_folder);

        UsageException mistake = Refused();

        Assert.StartsWith("the latent actions were learned on another base: on weights of the checksum "
            + $"{learnedOn[..12]}, and these have ", mistake.Message);
        Assert.Equal(Path.Combine(_folder, "latent_actions.json"), mistake.Where);
        Assert.Equal("use the model folder that the latent actions were written into, whole", mistake.Fix);
    }

    [Fact]
    public void Another_number_of_codes_is_refused()
    {
        Written().Dispose();
        Change(json => json["codes"] = 16);

        Assert.Equal("error: the codebook has 12 codes, latent_actions.json says 16\n"
            + $"   at: {Path.Combine(_folder, "latent_actions.safetensors")}\n"
            + "  try: use the latent_actions.json and weights of one folder, unchanged", Refused().Render());
    }

    [Fact]
    public void Another_width_is_refused()
    {
        Written().Dispose();
        SmolVlmConfig smallest = SmolVlmNew.Smallest;
        NewBase(Sub("wide"), 1, smallest with { Text = smallest.Text with { HiddenSize = 96 } }).Write(_folder);

        Assert.Equal("error: the codes are 64 numbers wide, the states of the base 96\n"
            + $"   at: {Path.Combine(_folder, "latent_actions.safetensors")}\n"
            + "  try: use the model folder that the latent actions were written into, whole", Refused().Render());
    }

    [Fact]
    public void Another_depth_lists_what_is_missing()
    {
        Written().Dispose();
        Change(json => json["policy_layers"] = 3);

        UsageException mistake = Refused();

        Assert.StartsWith("the weights do not fit the model: they lack 9 of its ", mistake.Message);
        Assert.Contains("policy.layers.2.", mistake.Message);
        Assert.Equal("use the latent_actions.json and weights of one folder, unchanged", mistake.Fix);
    }

    [Theory]
    [InlineData(ReadOut.Delta, ReadOut.Delta, "delta")]
    [InlineData(ReadOut.LastBlock, ReadOut.Delta, "last-block")]
    [InlineData(ReadOut.Residual, ReadOut.Residual, "residual")]
    public void Each_read_out_is_written_and_read(ReadOut readOut, ReadOut learning, string word)
    {
        JsonObject json = new LatentConfig { ReadOut = readOut }.Json();

        Assert.Equal(word, (string?)json["read_out"]);
        Assert.Equal(readOut, LatentConfig.Read(json, "latent_actions.json").ReadOut);
        Assert.Equal(learning, new LatentConfig { ReadOut = readOut }.LearningReadOut);
    }

    [Theory]
    [InlineData("codes", "\"many\"", "\"codes\" must be a whole number from 2 to 65536")]
    [InlineData("codes", "1", "\"codes\" must be a whole number from 2 to 65536")]
    [InlineData("merge_blocks", "67108864", "\"merge_blocks\" must be a whole number from 1 to 256")]
    [InlineData("policy_layers", "null", "\"policy_layers\" must be a whole number from 1 to 256")]
    [InlineData("gumbel_temperature", "0", "\"gumbel_temperature\" must be a number above 0")]
    [InlineData("gumbel_temperature", "\"warm\"", "\"gumbel_temperature\" must be a number above 0")]
    [InlineData("read_out", "\"sum\"", "\"read_out\" must be \"delta\", \"last-block\" or \"residual\"")]
    [InlineData("read_out", "3", "\"read_out\" must be \"delta\", \"last-block\" or \"residual\"")]
    [InlineData("base_sha256", "null", "\"base_sha256\" must name the base that the codes were learned on")]
    public void A_broken_setting_is_named(string name, string value, string message)
    {
        Written().Dispose();
        Change(json => json[name] = JsonNode.Parse(value));

        Assert.Equal(message, Refused().Message);
    }

    [Theory]
    [InlineData("latent_actions.json")]
    [InlineData("latent_actions.safetensors")]
    public void Half_of_the_latent_actions_is_refused(string file)
    {
        Written().Dispose();
        File.Delete(Path.Combine(_folder, file));

        Assert.True(LatentCheckpoint.IsAt(_folder));
        Assert.Equal(Path.Combine(_folder, file), Refused().Where);
    }

    private LatentModules Written()
    {
        LatentCheckpoint latent = LatentCheckpoint.New(NewBase(Sub("first"), seed: 1), TinyLatent.Config, seed: 4);
        latent.Write(_folder);
        return latent.Modules;
    }

    private static VlmCheckpoint NewBase(string folder, long seed, SmolVlmConfig? config = null)
    {
        SmolVlmNew.Write(folder, config ?? SmolVlmNew.Smallest, ["a red circle", "how many squares are there?"], seed);
        return VlmCheckpoint.Load(folder, CPU);
    }

    private string Sub(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;

    private JsonObject Config() => HubFolder.ReadJson(Path.Combine(_folder, "latent_actions.json"));

    private void Change(Action<JsonObject> change)
    {
        JsonObject json = Config();
        change(json);
        File.WriteAllText(Path.Combine(_folder, "latent_actions.json"), json.ToJsonString());
    }

    private UsageException Refused() => Assert.Throws<UsageException>(() => LatentCheckpoint.Load(_folder, CPU));
}
