using System.Reflection;

namespace TorchSharp.Utils
{
    /// <summary>The name under which a field's module, parameter or buffer is registered.</summary>
    [AttributeUsage(AttributeTargets.Field)]
    public sealed class ComponentNameAttribute : Attribute
    {
        public string? Name { get; set; }
    }
}

namespace TorchSharp
{
    using Utils;

    public static class FieldInfoExtensionMethods
    {
        /// <summary>The attribute's name, else the field's own; an automatic property's field goes by the property.</summary>
        public static string ComponentName(this FieldInfo field)
        {
            if (field.GetCustomAttribute<ComponentNameAttribute>()?.Name is { } given)
                return given;

            int end = field.Name.IndexOf('>', StringComparison.Ordinal);
            return field.Name[0] == '<' && end > 1 ? field.Name[1..end] : field.Name;
        }
    }
}
