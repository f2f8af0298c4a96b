using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Vlm.Grpo.Tests.Step;

/// <summary>The documentation of each option says its default: what it is where nobody sets it.</summary>
public partial class OptionDocsTests
{
    [Theory]
    [InlineData(typeof(UpdateOptions), 10)]
    [InlineData(typeof(GrpoOptions), 28)]
    [InlineData(typeof(PpoOptions), 20)]
    [InlineData(typeof(ShapingOptions), 5)]
    [InlineData(typeof(CurriculumOptions), 10)]
    [InlineData(typeof(RewardWeightOptions), 4)]
    [InlineData(typeof(PlasticityOptions), 5)]
    [InlineData(typeof(AlignmentOptions), 8)]
    [InlineData(typeof(DiffusionOptions), 8)]
    [InlineData(typeof(ModelOptions), 10)]
    [InlineData(typeof(EvaluationOptions), 8)]
    [InlineData(typeof(CheckpointOptions), 2)]
    [InlineData(typeof(AnswerOptions), 5)]
    [InlineData(typeof(Sampling), 6)]
    [InlineData(typeof(SurrogateOptions), 14)]
    [InlineData(typeof(RegularizerOptions), 13)]
    [InlineData(typeof(CorrectionOptions), 4)]
    public void The_default_in_the_documentation_is_the_default(Type type, int count)
    {
        object defaults = Activator.CreateInstance(type)!;
        XElement members = XDocument.Load(Path.ChangeExtension(type.Assembly.Location, ".xml")).Root!.Element("members")!;
        PropertyInfo[] options = [.. type.GetProperties(BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.Instance)
            .Where(OptionsCheck.IsOption)];

        Assert.Equal(count, options.Length);
        Assert.All(options, option =>
        {
            string said = members.Elements().Single(member => (string?)member.Attribute("name") == $"P:{type.FullName}.{option.Name}")
                .Element("value")!.Value;
            string shown = OptionText.Show(option.GetValue(defaults));
            Assert.Equal(shown is "" ? "none" : shown, Default().Match(said).Groups[1].Value is "null" or "" ? "none"
                : Default().Match(said).Groups[1].Value);
        });
    }

    [GeneratedRegex(@"^The default is ([\w.-]+?)[.,]?( tokens\.| for .*)?$")]
    private static partial Regex Default();
}
