"""Ways in and out of the network."""

from __future__ import annotations

from guardrails.api import Scenario, management_calls

_EC2 = "ec2.amazonaws.com"


def security_group_change() -> Scenario:
    """The six calls of CIS. `ModifySecurityGroupRules` came later and can be added."""
    return Scenario(
        "security-group-change",
        "changes of security groups",
        management_calls(
            _EC2,
            "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress "
            "RevokeSecurityGroupEgress CreateSecurityGroup DeleteSecurityGroup",
        ),
        management_calls(_EC2, "DescribeSecurityGroups", reads=True),
    )


def network_acl_change() -> Scenario:
    """The six calls of CIS."""
    return Scenario(
        "network-acl-change",
        "changes of network ACLs",
        management_calls(
            _EC2,
            "CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry ReplaceNetworkAclEntry "
            "ReplaceNetworkAclAssociation",
        ),
        management_calls(_EC2, "DescribeNetworkAcls", reads=True),
    )


def gateway_change() -> Scenario:
    """The six calls of CIS."""
    return Scenario(
        "gateway-change",
        "changes of network gateways",
        management_calls(
            _EC2,
            "CreateCustomerGateway DeleteCustomerGateway AttachInternetGateway CreateInternetGateway "
            "DeleteInternetGateway DetachInternetGateway",
        ),
        management_calls(_EC2, "DescribeInternetGateways", reads=True),
    )


def route_change() -> Scenario:
    """The seven calls of CIS."""
    return Scenario(
        "route-change",
        "changes of route tables",
        management_calls(
            _EC2,
            "CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation DeleteRouteTable DeleteRoute "
            "DisassociateRouteTable",
        ),
        management_calls(_EC2, "DescribeRouteTables", reads=True),
    )


def vpc_change() -> Scenario:
    """The calls of CIS but those for ClassicLink, which AWS has retired."""
    return Scenario(
        "vpc-change",
        "changes of VPCs",
        management_calls(
            _EC2,
            "CreateVpc DeleteVpc ModifyVpcAttribute AcceptVpcPeeringConnection CreateVpcPeeringConnection "
            "DeleteVpcPeeringConnection RejectVpcPeeringConnection",
        ),
        management_calls(_EC2, "DescribeVpcs", reads=True),
    )
