using TorchSharp;
using Vlm.Checkpoints;
using Vlm.Lora;
using Vlm.Models.SmolVlm;
using Vlm.Tests.Generation;
using static TorchSharp.torch;
using static Vlm.Tests.Lora.TinyAdapter;

namespace Vlm.Tests.Lora;

/// <summary>Folders as PEFT writes and reads them, and those that do not fit.</summary>
public sealed class AdapterFolderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vlm-lora-");
    private readonly DisposeScope _scope = NewDisposeScope();

    [Fact]
    public void A_written_adapter_loads_bit_by_bit()
    {
        SmolVlmModel model = Trained(3), other = TinyModel.Create();
        LoraAdapter.Write(_folder.FullName, model, Config);
        LoraConfig config = LoraAdapter.Load(other, _folder.FullName);

        Assert.Equal(Logits(model), Logits(other));
        Assert.Equal((3, 6.0, "models/tiny"), (config.Rank, config.Alpha, config.BaseModel));
        Assert.All(other.Weights(), item => Assert.False(item.Value.requires_grad));
        Assert.Equal(["adapter_config.json", "adapter_model.safetensors"],
            _folder.GetFiles().Select(file => file.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_file_is_what_PEFT_reads()
    {
        LoraAdapter.Write(_folder.FullName, Trained(3), Config);
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(_folder.FullName, "adapter_model.safetensors"));

        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(2 * 21, file.Entries.Count);
        Assert.Contains("base_model.model.model.text_model.layers.1.self_attn.q_proj.lora_A.weight", file.Entries.Keys);
        Assert.Contains("base_model.model.model.connector.modality_projection.proj.lora_B.weight", file.Entries.Keys);
    }

    [Fact]
    public void Keys_may_carry_the_adapters_name()
    {
        SmolVlmModel model = Trained(3), other = TinyModel.Create();
        LoraAdapter.Write(_folder.FullName, model, Config);
        Rewrite(key => key.Replace(".weight", ".default.weight", StringComparison.Ordinal));
        LoraAdapter.Load(other, _folder.FullName);

        Assert.Equal(Logits(model), Logits(other));
    }

    // An expression over older paths is no expression over newer ones, so the layers are then named one by one.
    [Fact]
    public void Older_paths_are_read_and_newer_ones_written()
    {
        SmolVlmModel model = TinyModel.Create(), other = TinyModel.Create(), third = TinyModel.Create();
        LoraConfig config = Config with { Targets = ModulePattern.Matching(@"model\.text_model\..*_proj", "") };
        LoraAdapter.Attach(model, config, seed: 5);
        Stir(model, 3);
        LoraAdapter.Write(_folder.FullName, model, config with { Targets = ModulePattern.Matching(@"old\..*_proj", "") });
        Rewrite(key => key.Replace("model.model.text_model.", "model.old.", StringComparison.Ordinal));

        LoraConfig loaded = LoraAdapter.Load(other, _folder.FullName,
            name => name.StartsWith("old.", StringComparison.Ordinal) ? "model.text_model." + name[4..] : name);
        LoraAdapter.Write(_folder.FullName, other, loaded);
        LoraAdapter.Load(third, _folder.FullName);

        Assert.Equal(Logits(model), Logits(other));
        Assert.Equal(Logits(model), Logits(third));
        Assert.Equal(14, Assert.IsType<ModulePattern.Names>(loaded.Targets).Endings.Count);
        Assert.Equal(14, third.Projections.Count(item => item.Layer.HasAdapter));
    }

    [Fact]
    public void An_adapter_of_another_model_is_refused_with_what_does_not_fit()
    {
        LoraAdapter.Write(_folder.FullName, Trained(3), Config);
        var other = new SmolVlmModel(TinyModel.Create().Config with
        {
            Text = TinyModel.Create().Config.Text with { Layers = 1, IntermediateSize = 48 },
        });

        var error = Assert.Throws<UsageException>(() => LoraAdapter.Load(other, _folder.FullName, modelName: "models/b"));
        Assert.StartsWith("the adapter, made for models/tiny, does not fit models/b: other shapes (3): ", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("model.text_model.layers.0.mlp.gate_proj.lora_B.weight is [40, 3] and must be [48, 3]",
            error.Message, StringComparison.Ordinal);
        Assert.Contains("no place for (14): model.text_model.layers.1.", error.Message, StringComparison.Ordinal);
        Assert.Equal("load it onto models/tiny", error.Fix);
        Assert.DoesNotContain(other.Projections, item => item.Layer.HasAdapter);
    }

    [Fact]
    public void The_vectors_of_DoRA_are_named_as_such()
    {
        LoraAdapter.Write(_folder.FullName, Trained(3), Config);
        Rewrite(key => key.Replace("fc2.lora_B.weight", "fc2.lora_magnitude_vector", StringComparison.Ordinal));

        Assert.StartsWith("the adapter is of DoRA, which is not computed here: ", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_with_NaN_is_refused_by_its_own_name()
    {
        SmolVlmModel model = Trained(3);
        using (no_grad())
            model.Parameters.First(item => item.Name.Contains("lora_", StringComparison.Ordinal)).Value.fill_(float.NaN);
        LoraAdapter.Write(_folder.FullName, model, Config);

        var error = Assert.Throws<UsageException>(() => LoraAdapter.Load(TinyModel.Create(), _folder.FullName));

        Assert.StartsWith("the adapter holds NaN or an infinity in base_model.model.", error.Message, StringComparison.Ordinal);
        Assert.Equal(Path.Combine(_folder.FullName, "adapter_model.safetensors"), error.Where);
    }

    [Fact]
    public void Missing_and_strange_tensors_are_named_with_the_nearest()
    {
        LoraAdapter.Write(_folder.FullName, Trained(3), Config);
        Rewrite(key => key.Replace("layers.0.mlp.up_proj.lora_A", "layers.0.mlp.up_prj.lora_A", StringComparison.Ordinal)
            .Replace("fc2.lora_B.weight", "fc2.lora_extra", StringComparison.Ordinal));

        string message = Refused();
        const string Up = "model.text_model.layers.0.mlp.up_", Fc2 = "model.vision_model.encoder.layers.0.mlp.fc2.lora_";
        Assert.Contains("no place for (2): ", message, StringComparison.Ordinal);
        Assert.Contains($", base_model.model.{Fc2}extra", message, StringComparison.Ordinal);
        Assert.Contains($"{Up}prj.lora_A.weight (nearest: {Up}proj.lora_A.weight)", message, StringComparison.Ordinal);
        Assert.Contains("; nothing for (2): ", message, StringComparison.Ordinal);
        Assert.Contains($"{Up}proj.lora_A.weight [3, 24] (nearest: {Up}prj.lora_A.weight)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_rank_is_refused()
    {
        LoraAdapter.Write(_folder.FullName, Trained(3), Config with { Rank = 4 });

        Assert.Contains("lora_A.weight is [3, 16] and must be [4, 16]", Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "give the folder that holds adapter_config.json and adapter_model.safetensors")]
    [InlineData("adapter_model.bin", "save it again with PEFT's safe_serialization=True: a .bin file can run code and is not read")]
    public void A_folder_without_tensors_is_refused(string? beside, string fix)
    {
        LoraConfigJson.Write(_folder.FullName, Config);
        if (beside is not null)
            File.WriteAllText(Path.Combine(_folder.FullName, beside), "");

        var error = Assert.Throws<UsageException>(() => LoraAdapter.Load(TinyModel.Create(), _folder.FullName));
        Assert.Equal("the adapter folder has no adapter_model.safetensors", error.Message);
        Assert.Equal(fix, error.Fix);
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Delete(recursive: true);
    }

    private string Refused() => Assert.Throws<UsageException>(
        () => LoraAdapter.Load(TinyModel.Create(), _folder.FullName)).Message;

    private void Rewrite(Func<string, string> rename)
    {
        string path = Path.Combine(_folder.FullName, "adapter_model.safetensors");
        (string, Tensor)[] tensors;
        using (SafetensorsFile file = SafetensorsFile.Open(path))
            tensors = [.. file.Entries.Keys.Select(key => (rename(key), file.Load(key, CPU)))];
        SafetensorsWriter.Write(path, tensors);
    }
}
