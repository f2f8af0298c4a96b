using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Recipes.Tests;

/// <summary>
/// References point one way: Vlm, Rewards, Grpo, recipes; and Rewards, datasets, recipes.
/// Checked twice: in the project files, which allow, and in the assemblies, which show what was used.
/// </summary>
public class ArchitectureTests
{
    // Project file -> the projects it names.
    private static readonly Dictionary<string, string[]> Declared = new()
    {
        ["src/Vlm/Vlm.csproj"] = [],
        ["src/Rewards/Rewards.csproj"] = ["Vlm"],
        ["src/Grpo/Grpo.csproj"] = ["Rewards"],
        ["datasets/Datasets.csproj"] = ["Rewards"],
        ["tests/Vlm.Tests/Vlm.Tests.csproj"] = ["Vlm", "Genai.Client"],
        ["tests/Rewards.Tests/Rewards.Tests.csproj"] = ["Rewards"],
        ["tests/Grpo.Tests/Grpo.Tests.csproj"] = ["Grpo"],
        ["tests/Datasets.Tests/Datasets.Tests.csproj"] = ["Datasets"],
        ["tests/Recipes.Tests/Recipes.Tests.csproj"] = ["Grpo", "Datasets", "Verifiable.Alone"],
        ["tests/Verifiable.Alone/Verifiable.Alone.csproj"] = [],
        ["tests/Genai.Client/Genai.Client.csproj"] = [],
    };

    // Assembly -> those of ours it may use.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Vlm"] = [],
        ["Rewards"] = ["Vlm"],
        ["Grpo"] = ["Rewards", "Vlm"],
        ["Datasets"] = ["Rewards", "Vlm"],
    };

    [Fact]
    public void Projects_name_the_projects_of_the_drawing_and_no_others()
    {
        string[] found = Repository.Files(extension: ".csproj");

        Assert.Equal(Declared.Keys.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
        Assert.All(found, project => Assert.Equal(Declared[project], NamedBy(project)));
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = Repository.Read("Vlm.sln").Replace('\\', '/');

        Assert.All(Declared.Keys, project => Assert.Contains($"\"{project}\"", solution, StringComparison.Ordinal));
    }

    [Fact]
    public void Assemblies_use_only_what_lies_below_them() =>
        Assert.All(Allowed, layer =>
        {
            string[] used = References(Path.Combine(AppContext.BaseDirectory, layer.Key + ".dll"));
            Assert.Empty(used.Intersect(Allowed.Keys).Except(layer.Value));
        });

    [Fact]
    public void Verifiable_rewards_need_the_base_library_only()
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        string alone = Repository.PathOf("artifacts", "bin", "Verifiable.Alone", configuration, "Verifiable.Alone.dll");

        Assert.All(References(alone), name => Assert.StartsWith("System.", name, StringComparison.Ordinal));
        Assert.Contains("Score", TypeNames(alone));
    }

    // Two libtorchs in one process abort it, so none lies where the host would find it.
    [Fact]
    public void No_native_library_is_copied_into_an_output_folder()
    {
        string bin = Repository.PathOf("artifacts", "bin");
        string[] folders = [.. Directory.GetDirectories(bin, "*.Tests"), Path.Combine(bin, "Genai.Client")];
        Assert.True(folders.Length >= 6, $"only {folders.Length} programs found");

        Assert.Empty(folders.SelectMany(folder => Directory.EnumerateFiles(folder, "*.so*", SearchOption.AllDirectories)));
    }

    [Theory]
    [InlineData("cpu", "Microsoft.ML.OnnxRuntime")]
    [InlineData("cuda", "Microsoft.ML.OnnxRuntime.Gpu.Linux")]
    public void The_build_that_takes_a_libtorch_takes_the_ONNX_Runtime_of_its_kind(string torch, string package)
    {
        Outcome asked = RecipeProcess.RunProgram(Repository.Root, "msbuild", "src/Vlm/Vlm.csproj", "-getItem:PackageReference",
            $"-p:Torch={torch}");

        Assert.True(asked.ExitCode == 0, asked.Output + asked.Errors);
        JsonArray packages = JsonNode.Parse(asked.Output)!["Items"]!["PackageReference"]!.AsArray();
        Assert.Equal(package, Assert.Single(packages.Select(item => (string)item!["Identity"]!),
            name => name.StartsWith("Microsoft.ML.OnnxRuntime", StringComparison.Ordinal)));
    }

    [Fact]
    public void Nothing_under_src_or_tests_names_a_recipe_file_as_input()
    {
        string[] projects = Repository.Files(extension: ".csproj");

        Assert.DoesNotContain(projects, path => Repository.Read(path).Contains("recipes/", StringComparison.Ordinal));
    }

    private static string[] NamedBy(string project) =>
        [.. XDocument.Load(Repository.PathOf(project)).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value))];

    private static string[] References(string assembly) =>
        Reading(assembly, metadata => metadata.AssemblyReferences
            .Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name)));

    private static string[] TypeNames(string assembly) =>
        Reading(assembly, metadata => metadata.TypeDefinitions
            .Select(handle => metadata.GetString(metadata.GetTypeDefinition(handle).Name)));

    private static string[] Reading(string assembly, Func<MetadataReader, IEnumerable<string>> select)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        return [.. select(file.GetMetadataReader())];
    }
}
