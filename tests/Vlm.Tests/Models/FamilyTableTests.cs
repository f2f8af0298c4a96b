using System.Reflection;
using System.Text.Json.Nodes;
using Vlm.Models;
using Vlm.Testing;

namespace Vlm.Tests.Models;

/// <summary>A family is one folder with one definition, and one row of <see cref="Families.All"/>.</summary>
public sealed class FamilyTableTests
{
    private static readonly string s_models = Path.Combine(Fixtures.Root(), "src", "Vlm", "Models");

    [Fact]
    public void Every_folder_has_one_definition_and_every_definition_is_a_row()
    {
        var definitions = typeof(Families).Assembly.GetTypes()
            .SelectMany(type => type.GetProperties(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(property => property.PropertyType == typeof(FamilyDefinition)).ToArray();

        Assert.Equal(
            Directory.GetDirectories(s_models).Select(Path.GetFileName).Order(StringComparer.Ordinal),
            definitions.Select(item => item.DeclaringType!.Namespace!.Split('.')[^1]).Order(StringComparer.Ordinal));
        Assert.Equal(Families.All.ToHashSet(), definitions.Select(item => (FamilyDefinition)item.GetValue(null)!).ToHashSet());
    }

    [Fact]
    public void No_model_type_is_of_two_families() =>
        Assert.Equal(Families.ModelTypes.Count, Families.ModelTypes.DistinctBy(type => type.ModelType).Count());

    [Fact]
    public void A_model_type_that_is_not_known_is_answered_with_those_of_the_table()
    {
        var refused = Assert.Throws<UsageException>(() => ModelConfig.Of(new JsonObject { ["model_type"] = "llava" }, "folder"));

        Assert.Equal("the model type \"llava\" is not known (known: "
            + string.Join(", ", Families.ModelTypes.Select(type => type.ModelType)) + ")", refused.Message);
        Assert.Equal(Path.Combine("folder", "config.json"), refused.Where);
        Assert.All(Families.ModelTypes, type => Assert.Contains(type.Name, refused.Fix, StringComparison.Ordinal));
        Assert.Contains("qwen2_5_vl", refused.Message, StringComparison.Ordinal);
    }
}
